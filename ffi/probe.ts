import { F_GETPIPE_SZ, W_OK, X_OK } from "./constants.ts";
import { check } from "./errno.ts";
import type { Fd } from "./fd.ts";
import { addressOf, libc } from "./libc.ts";
import { cString } from "./memory.ts";

/** The version of glibc at run time, as `2.36`; gnu_get_libc_version(3). */
export function glibcVersion(): string {
  // Only diagnostics ask for it, so it has no place in the table.
  const ask = new Deno.UnsafeFnPointer(
    addressOf("gnu_get_libc_version") as Deno.PointerObject<
      { parameters: []; result: "pointer" }
    >,
    { parameters: [], result: "pointer" },
  );
  const text = ask.call();
  return text === null ? "" : new Deno.UnsafePointerView(text).getCString();
}

/**
 * What a pipe can hold, in bytes.
 *
 * @throws {SystemError}
 */
export function pipeCapacity(pipe: Fd): number {
  return check(
    libc.fcntl(pipe.raw, F_GETPIPE_SZ, 0),
    "fcntl",
    "ask for the capacity of a pipe",
  );
}

/** Whether this process may make files in a directory. */
export function mayWriteInto(directory: string): boolean {
  return libc.access(cString(directory), W_OK | X_OK) === 0;
}
