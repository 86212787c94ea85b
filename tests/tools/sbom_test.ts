import assert from "node:assert/strict";
import { defaultShim, PROJECT } from "../support/build.ts";
import { TempDir } from "../support/own_files.ts";
import { run } from "./run.ts";

interface Component {
  name: string;
  version: string;
  licenses: unknown;
  hashes?: unknown;
  externalReferences?: unknown;
}

const DENO = `${PROJECT}/tools/deno`;
const BILL = ["run", "-A", `${PROJECT}/tools/sbom.ts`];

/** Of a bill that was printed, and so is valid. */
async function componentsOf(...args: string[]): Promise<Component[]> {
  const text = await run(DENO, [...BILL, ...args]);
  return JSON.parse(text).components;
}

/** The packages that esbuild names in a bundle that is made for reading. */
async function packagesInBundle(): Promise<string[]> {
  using dir = new TempDir();
  const output = dir.at("bundle.js");
  await run(DENO, ["bundle", "--quiet", "--output", output, "main.ts"]);
  const modules = [
    ...Deno.readTextFileSync(output).matchAll(/^\/\/ (\S+\/\S+)$/gm),
  ]
    .map(([, module]) => module)
    .filter((module) => !/^(src|ffi)\//.test(module));
  assert.ok(modules.length > 10, modules.join("\n"));
  const packages = modules.map((module) => {
    const [, name, version] =
      /((?:@[^/]+\/)?[^/]+)\/(\d+\.\d+\.\d+)\//.exec(module) ?? [];
    assert.ok(name, `${module} belongs to a package`);
    return `${name} ${version}`;
  });
  return [...new Set(packages)].sort();
}

Deno.test("the bill lists the engine and what the bundle has modules of, no more", async () => {
  const [engine, ...libraries] = await componentsOf(defaultShim());
  assert.equal(engine.name, "denort");
  const listed = libraries.map(({ name, version }) => `${name} ${version}`);
  assert.deepEqual(listed.sort(), await packagesInBundle());
  // What is there for tests and tools alone stays out.
  assert.deepEqual(listed.map((part) => part.split(" ")[0]), [
    "@std/cli",
    "@std/path",
    "zod",
  ]);
});

Deno.test("the bill lists what is delivered beside the executable", async () => {
  using dir = new TempDir();
  const library = {
    name: "libc6",
    version: "2.36-9",
    licence: "LGPL-2.1-or-later AND GPL-2.0-or-later",
    source: "https://example.org/glibc_2.36-9.dsc",
    sha256: "0".repeat(64),
    purl: "pkg:deb/debian/libc6@2.36-9",
  };
  const list = (...components: unknown[]) => {
    Deno.writeTextFileSync(dir.at("list.json"), JSON.stringify(components));
    return componentsOf(`--components=${dir.at("list.json")}`, defaultShim());
  };
  const found = (await list(library)).find(({ name }) => name === "libc6");
  assert.deepEqual(found, {
    type: "library",
    name: "libc6",
    version: "2.36-9",
    "bom-ref": library.purl,
    purl: library.purl,
    licenses: [{ expression: library.licence }],
    hashes: [{ alg: "SHA-256", content: library.sha256 }],
    externalReferences: [{
      url: library.source,
      type: "source-distribution",
    }],
  });
  const { sha256: _, ...unhashed } = library;
  await assert.rejects(list(unhashed), /Component 0\.sha256/);
  await assert.rejects(
    list({ ...library, source: "x" }),
    /Component 0\.source/,
  );
  await assert.rejects(list({ ...library, licence: "" }), /sbom: /);
  // What only the validator knows.
  await assert.rejects(
    list({ ...library, version: "2".repeat(1025) }),
    /sbom: The bill is not valid/,
  );
});
