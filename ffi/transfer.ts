import { errno, type ErrnoName, errnoOf } from "./errno.ts";
import type { Fd } from "./fd.ts";
import { libc } from "./libc.ts";

/** Outcome of one read or write. */
export type Transfer =
  | { kind: "moved"; bytes: number }
  /** Nothing can be moved now (EAGAIN). */
  | { kind: "would block" }
  /** End of file. */
  | { kind: "ended" }
  /** A terminal whose other side is closed (EIO). */
  | { kind: "hung up" }
  | { kind: "failed"; errno: number };

const WOULD_BLOCK: Transfer = { kind: "would block" };
const ENDED: Transfer = { kind: "ended" };
const HUNG_UP: Transfer = { kind: "hung up" };

const EINTR = errnoOf("EINTR" satisfies ErrnoName);
const EAGAIN = errnoOf("EAGAIN");
const EIO = errnoOf("EIO");

/** read(2) on a descriptor with O_NONBLOCK, or on a file. */
export function read(from: Fd, buffer: Uint8Array<ArrayBuffer>): Transfer {
  for (;;) {
    const count = libc.read(from.raw, buffer, BigInt(buffer.length));
    if (count > 0) return { kind: "moved", bytes: count };
    if (count === 0) return ENDED;
    const code = errno();
    if (code !== EINTR) return refusal(code);
  }
}

/** write(2) of at least one byte on a descriptor with O_NONBLOCK, or a file. */
export function write(to: Fd, bytes: Uint8Array<ArrayBuffer>): Transfer {
  for (;;) {
    const count = libc.write(to.raw, bytes, BigInt(bytes.length));
    if (count > 0) return { kind: "moved", bytes: count };
    // Some terminal drivers take nothing instead of refusing.
    if (count === 0) return WOULD_BLOCK;
    const code = errno();
    if (code !== EINTR) return refusal(code);
  }
}

function refusal(code: number): Transfer {
  if (code === EAGAIN) return WOULD_BLOCK;
  return code === EIO ? HUNG_UP : { kind: "failed", errno: code };
}
