import { PROJECT } from "../support/build.ts";
import { run } from "../tools/run.ts";

/** The series of a program that does nothing: what any program costs here. */
export const EMPTY_PROGRAM = "empty program";

/** A script that does nothing at all. */
export const EMPTY = "";

/** A script that writes a byte to stdout as the first thing it does. */
export const FIRST_LINE = "Deno.stdout.writeSync(new Uint8Array(1));";

/** A script that does nothing and does not end. */
const WAITING = "setTimeout(() => {}, 2 ** 31 - 1);";

/**
 * Compiles one line of JavaScript with the denort that the shim is made of.
 * Throws with the compiler's words.
 */
export async function compiledProgram(
  output: string,
  script: string,
): Promise<string> {
  await run(`${PROJECT}/tests/bench/compile_program`, [output, script]);
  toDisk(output);
  return output;
}

/** Starts a program that does nothing; ends with its scope. */
export async function waitingProgram(
  directory: string,
): Promise<AsyncDisposable & { pid: number }> {
  const path = await compiledProgram(`${directory}/waiting`, WAITING);
  const process = new Deno.Command(path, { stdin: "null" }).spawn();
  return {
    pid: process.pid,
    [Symbol.asyncDispose]: async () => {
      process.kill("SIGKILL");
      await process.status;
    },
  };
}

/**
 * Copies an executable: of the copy nobody else has a page in use.
 *
 * @returns the path of the copy
 */
export function privateCopy(path: string, directory: string): string {
  const copy = `${directory}/docker-containerd-shim`;
  Deno.copyFileSync(path, copy);
  toDisk(copy);
  return copy;
}

/** A page that is not on the disk yet would count as private dirty memory. */
function toDisk(path: string): void {
  using file = Deno.openSync(path);
  file.syncSync();
}
