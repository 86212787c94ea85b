import { SPLICE_F_NONBLOCK } from "./constants.ts";
import { ERRNO, errno } from "./errno.ts";
import type { Fd } from "./fd.ts";
import { libc } from "./libc.ts";

/**
 * Outcome of one transfer. Above zero: bytes moved. Zero: end of file.
 * Below zero: one of the two below, or minus the errno.
 */
export type Transferred = number;

/** Nothing can be moved now: an end is not ready (EAGAIN). */
export const WOULD_BLOCK = -ERRNO.EAGAIN;
/** A terminal whose other side is closed (EIO). */
export const HUNG_UP = -ERRNO.EIO;

/** Makes a call, again if a signal has interrupted it. */
function transfer(call: () => number): Transferred {
  for (;;) {
    const result = call();
    if (result !== -1) return result;
    const code = errno();
    if (code !== ERRNO.EINTR) return -code;
  }
}

/** splice(2): moves bytes inside the kernel; one of the two must be a pipe. */
export function splice(from: Fd, to: Fd, most: bigint): Transferred {
  return transfer(() =>
    libc.splice(from.raw, null, to.raw, null, most, SPLICE_F_NONBLOCK)
  );
}

/** read(2) on a descriptor with O_NONBLOCK, or on a file. */
export function read(from: Fd, buffer: Uint8Array<ArrayBuffer>): Transferred {
  return transfer(() => libc.read(from.raw, buffer, BigInt(buffer.length)));
}

/** write(2) on a descriptor with O_NONBLOCK, or on a file. */
export function write(to: Fd, bytes: Uint8Array<ArrayBuffer>): Transferred {
  return transfer(() => libc.write(to.raw, bytes, BigInt(bytes.length)));
}
