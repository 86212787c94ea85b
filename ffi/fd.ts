import {
  F_GETFL,
  F_GETPIPE_SZ,
  F_SETFL,
  FIONREAD,
  O_APPEND,
  O_CLOEXEC,
  O_CREAT,
  O_NOCTTY,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
  O_SYNC,
  O_TMPFILE,
  O_TRUNC,
  O_WRONLY,
} from "./constants.ts";
import { check, uninterrupted } from "./errno.ts";
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

const FLAGS = {
  "read": O_RDONLY,
  "write": O_WRONLY,
  "read and write": O_RDWR,
  "create": O_CREAT,
  "truncate": O_TRUNC,
  "append": O_APPEND,
  /** Each write is on the disk when it returns. */
  "sync": O_SYNC,
  "nonblocking": O_NONBLOCK,
  /** A symbolic link is not followed: ELOOP. */
  "no link": O_NOFOLLOW,
  /** A file without a name, in the directory that the path names. */
  "unnamed": O_TMPFILE,
} as const;

/** How to open a file, in words. */
export type OpenMode = readonly (keyof typeof FLAGS)[];

/** O_* of the words; always close-on-exec, and never a controlling terminal. */
export function openFlags(mode: OpenMode): number {
  return mode.reduce(
    (flags, word) => flags | FLAGS[word],
    O_CLOEXEC | O_NOCTTY,
  );
}

/**
 * open(2), close-on-exec. A terminal does not become the controlling one.
 *
 * @param what names the file in the error, as in `FIFO "exit" for writing`
 * @param permissions of a file that is created
 * @throws {SystemError}
 */
export function open(
  path: string,
  mode: OpenMode,
  what: string,
  permissions = 0,
): Fd {
  const name = cString(path);
  const flags = openFlags(mode);
  return new Fd(
    uninterrupted(
      () => libc.open(name, flags, permissions),
      "open",
      `open ${what}`,
    ),
  );
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
