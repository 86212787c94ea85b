import { SystemError } from "../../ffi/errno.ts";
import { type Fd, open, pipe } from "../../ffi/fd.ts";

/**
 * What is at its end when it is read: /dev/null, or where there is none a pipe
 * that nobody writes to.
 *
 * @throws {SystemError}
 */
export function openNothing(): Fd {
  try {
    return open("/dev/null", ["read"], '"/dev/null"');
  } catch (error) {
    if (!isMissing(error)) throw error;
    const { readEnd, writeEnd } = pipe("empty");
    writeEnd.close();
    return readEnd;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof SystemError && error.is("ENOENT");
}
