import { PROJECT } from "./build.ts";
import { runCommand } from "./command.ts";
import { isThere } from "./look.ts";
import { sha256 } from "./normalise.ts";

/** Where in a source file to put another text in place of one. */
export interface Mutation {
  /** Relative to the project. */
  file: string;
  /** Must be there once. */
  text: string;
  by: string;
}

/**
 * Builds the shim with something else in its source, for tests that show that
 * others would notice. Built once for each text.
 *
 * @returns the path of the executable
 * @throws {Error} when the text is not there, or with the builder's words
 */
export function mutant(...mutations: Mutation[]): string {
  const key = fingerprint(mutations);
  const place = `${PROJECT}/build/tests/mutants/${key}`;
  const executable = `${place}/docker-containerd-shim`;
  if (isThere(executable)) return executable;
  const source = `${place}.${Deno.pid}`;
  Deno.mkdirSync(source, { recursive: true });
  try {
    runCommand("cp", [
      "-r",
      ...TREE.map((name) => `${PROJECT}/${name}`),
      source,
    ]);
    for (const mutation of mutations) mutate(source, mutation);
    runCommand(`${PROJECT}/tools/build`, [`${source}/docker-containerd-shim`], {
      MAIN: `${source}/main.ts`,
      V8_FLAGS: Deno.env.get("V8_FLAGS") ?? "--single-threaded --expose-gc",
    });
    Deno.mkdirSync(place, { recursive: true });
    Deno.renameSync(`${source}/docker-containerd-shim`, executable);
    return executable;
  } finally {
    Deno.removeSync(source, { recursive: true });
  }
}

const TREE = ["main.ts", "src", "ffi"];

/** Changes with the mutations and with every source file. */
function fingerprint(mutations: Mutation[]): string {
  const built = Deno.statSync(`${PROJECT}/build/docker-containerd-shim`);
  const text = JSON.stringify([mutations, built.mtime, built.size]);
  return sha256(new TextEncoder().encode(text)).slice(0, 16);
}

function mutate(directory: string, mutation: Mutation): void {
  const path = `${directory}/${mutation.file}`;
  const source = Deno.readTextFileSync(path);
  Deno.writeTextFileSync(path, mutated(source, mutation));
}

/** @throws {Error} when the text is not there once */
export function mutated(source: string, { file, text, by }: Mutation): string {
  const times = source.split(text).length - 1;
  if (times === 1) return source.replace(text, () => by);
  throw new Error(`"${text}" must be in ${file} once, and is ${times} times`);
}
