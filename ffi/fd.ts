import {
  F_GETFL,
  F_GETPIPE_SZ,
  F_SETFL,
  F_SETPIPE_SZ,
  FIONREAD,
  O_CLOEXEC,
  O_NOCTTY,
  O_NONBLOCK,
} from "./constants.ts";
import { check, ERRNO, errno, SystemError } from "./errno.ts";
import { libc } from "./libc.ts";
import { cString } from "./memory.ts";

/** A file descriptor with one owner. Closing it twice is harmless. */
export class Fd implements Disposable {
  #raw: number;

  /** Takes over a descriptor that the kernel has just handed out. */
  constructor(raw: number) {
    this.#raw = raw;
  }

  /** The number that system calls take; -1 once closed. */
  get raw(): number {
    return this.#raw;
  }

  get closed(): boolean {
    return this.#raw === -1;
  }

  close(): void {
    if (this.#raw === -1) return;
    const raw = this.#raw;
    this.#raw = -1;
    // close(2) frees the descriptor even when it reports an error.
    libc.close(raw);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * open(2), close-on-exec. A terminal does not become the controlling one.
 *
 * @param what names the file in the error, as in `FIFO "exit" for writing`
 * @throws {SystemError}
 */
export function open(
  path: string,
  flags: number,
  what: string,
  mode = 0,
): Fd {
  const name = cString(path);
  for (;;) {
    const raw = libc.open(name, flags | O_CLOEXEC | O_NOCTTY, mode);
    if (raw !== -1) return new Fd(raw);
    const code = errno();
    if (code !== ERRNO.EINTR) {
      throw new SystemError(code, "open", `open ${what}`);
    }
  }
}

const inUse = new Set<Uint8Array>();

/**
 * open(2) on another thread, for a FIFO whose other end may take its time.
 * Resolves to undefined when it fails: errno belongs to that thread, so the
 * caller learns the reason from a second, nonblocking try.
 */
export async function openWhenReady(
  path: string,
  flags: number,
): Promise<Fd | undefined> {
  const name = cString(path);
  // Before 2.7.6 Deno does not keep the buffers of such a call alive itself.
  inUse.add(name);
  try {
    const raw = await libc.openBlocking(name, flags | O_CLOEXEC | O_NOCTTY, 0);
    return raw === -1 ? undefined : new Fd(raw);
  } finally {
    inUse.delete(name);
  }
}

/**
 * pipe2(2): the read end and the write end, both close-on-exec and blocking.
 *
 * @throws {SystemError}
 */
export function pipe(what: string): { readEnd: Fd; writeEnd: Fd } {
  const ends = new Int32Array(2);
  check(libc.pipe2(ends, O_CLOEXEC), "pipe2", `create the ${what} pipe`);
  return { readEnd: new Fd(ends[0]), writeEnd: new Fd(ends[1]) };
}

/**
 * Sets O_NONBLOCK on the open file, which everybody who shares it sees.
 *
 * @throws {SystemError}
 */
export function setNonblocking(fd: Fd): void {
  const flags = check(libc.fcntl(fd.raw, F_GETFL, 0), "fcntl", "read fd flags");
  check(
    libc.fcntl(fd.raw, F_SETFL, flags | O_NONBLOCK),
    "fcntl",
    "set O_NONBLOCK",
  );
}

/** Whether the descriptor is a pipe or a FIFO. */
export function isPipe(fd: Fd): boolean {
  return libc.fcntl(fd.raw, F_GETPIPE_SZ, 0) !== -1;
}

/**
 * Asks for a pipe capacity in bytes. The kernel may refuse it (limit per
 * user, pipe(7)): the pipe then works as before, only slower.
 */
export function enlargePipe(fd: Fd, bytes: number): void {
  libc.fcntl(fd.raw, F_SETPIPE_SZ, bytes);
}

/** Bytes that wait to be read from a pipe, FIFO or terminal; 0 if unknown. */
export function bytesWaiting(fd: Fd): number {
  const count = new Int32Array(1);
  return libc.ioctl(fd.raw, FIONREAD, count) === -1 ? 0 : count[0];
}

/**
 * fchown(2). An id of 0xffffffff leaves that owner as it is.
 *
 * @throws {SystemError}
 */
export function changeOwner(
  fd: Fd,
  uid: number,
  gid: number,
  what: string,
): void {
  check(libc.fchown(fd.raw, uid, gid), "fchown", `give ${what} to its owner`);
}
