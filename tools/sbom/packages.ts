import { join } from "@std/path/posix/join";
import type { Part } from "./component.ts";

const PROJECT = join(import.meta.dirname!, "../..");

interface Lock {
  npm: Locked;
  jsr: Locked;
}
type Locked = Record<string, { integrity: string }>;

/**
 * The packages that modules belong to.
 *
 * @param modules as tools/bundle_modules.mjs names them
 */
export function packagesIn(modules: readonly string[]): Part[] {
  const lock: Lock = JSON.parse(
    Deno.readTextFileSync(join(PROJECT, "deno.lock")),
  );
  const found = new Map<string, Part>();
  for (const module of modules) {
    const [, name, version] =
      /^(?:npm\/)?((?:@[^/]+\/)?[^/]+)\/(\d[^/]*)\//.exec(module) ?? [];
    if (name === undefined) continue;
    const id = `${name}@${version}`;
    if (!found.has(id)) {
      found.set(
        id,
        module.startsWith("npm/")
          ? ofNpm(lock, name, version)
          : ofJsr(lock, name, version),
      );
    }
  }
  return [...found.values()];
}

function ofNpm({ npm }: Lock, name: string, version: string): Part {
  return {
    kind: "library",
    name,
    version,
    licence: manifest(name, version).license,
    purl: `pkg:npm/${encodeURIComponent(name).replace("%2F", "/")}@${version}`,
    hash: ["SHA-512", hexOf(integrity(npm, name, version))],
  };
}

/** The lock file's hash of a JSR package is that of its list of files. */
function ofJsr({ jsr }: Lock, name: string, version: string): Part {
  integrity(jsr, name, version);
  return {
    kind: "library",
    name,
    version,
    licence: "MIT",
    purl: `pkg:jsr/${name.replace("@", "%40")}@${version}`,
  };
}

/** @throws {Error} when the package is not the pinned one */
function integrity(
  locked: Locked,
  name: string,
  version: string,
): string {
  const entry = locked[`${name}@${version}`];
  if (entry !== undefined) return entry.integrity;
  throw new Error(`${name}@${version} is in the bundle and not in deno.lock`);
}

function hexOf(sri: string): string {
  return Uint8Array.fromBase64(sri.replace("sha512-", "")).toHex();
}

/** The package.json in Deno's cache, below the name of the registry. */
function manifest(name: string, version: string): { license: string } {
  const cache = join(PROJECT, ".toolchain/deno_dir/npm");
  for (const registry of Deno.readDirSync(cache)) {
    try {
      return JSON.parse(Deno.readTextFileSync(
        join(cache, registry.name, name, version, "package.json"),
      ));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new Error(`${name}@${version} is not in Deno's cache`);
}
