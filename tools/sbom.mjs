// sbom.mjs <project> <engine version> <executable's sha256> <open|closed>
// Prints a software bill of materials (CycloneDX 1.5) of the executable, from deno.json and deno.lock.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const [project, engine, sha256, std] = process.argv.slice(2);
const readJson = (name) =>
  JSON.parse(readFileSync(join(project, name), "utf8"));
const { version } = readJson("deno.json");
const lock = readJson("deno.lock");

/** What the bundle takes in; the other dependencies are for tests and tools. */
const BUNDLED = [/^npm:zod@/];
// In a closed network a stand-in of this project takes its place.
if (std === "open") BUNDLED.push(/^jsr:@std\/path@/);

function component(specifier) {
  const [, kind, name, release] = /^(npm|jsr):(.+)@([^@]+)$/.exec(specifier);
  const { integrity } = lock[kind][`${name}@${release}`];
  const sri = integrity.startsWith("sha512-");
  return {
    type: "library",
    name,
    version: release,
    purl: kind === "npm"
      ? `pkg:npm/${name}@${release}`
      : `pkg:jsr/${name}@${release}`,
    hashes: [{
      alg: sri ? "SHA-512" : "SHA-256",
      content: sri
        ? Buffer.from(integrity.slice(7), "base64").toString("hex")
        : integrity,
    }],
  };
}

const resolved = Object.entries(lock.specifiers)
  .map(([wanted, release]) => wanted.replace(/@[^@]+$/, `@${release}`))
  .filter((specifier) => BUNDLED.some((pattern) => pattern.test(specifier)));

console.log(JSON.stringify(
  {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: {
      component: {
        type: "application",
        name: "docker-containerd-shim",
        version,
        licenses: [{ license: { id: "Apache-2.0" } }],
        hashes: [{ alg: "SHA-256", content: sha256 }],
      },
    },
    components: [
      {
        type: "framework",
        name: "deno",
        version: engine,
        description: "the engine (denort) that the executable begins with",
        licenses: [{ license: { id: "MIT" } }],
      },
      ...resolved.map(component),
    ],
  },
  null,
  2,
));
