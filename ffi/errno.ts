import { libc } from "./libc.ts";

/** errno values by name, from <asm-generic/errno*.h>. */
export const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  E2BIG: 7,
  ENOEXEC: 8,
  EBADF: 9,
  ECHILD: 10,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  ENOTBLK: 15,
  EBUSY: 16,
  EEXIST: 17,
  EXDEV: 18,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ENOTTY: 25,
  ETXTBSY: 26,
  EFBIG: 27,
  ENOSPC: 28,
  ESPIPE: 29,
  EROFS: 30,
  EMLINK: 31,
  EPIPE: 32,
  ENAMETOOLONG: 36,
  ENOSYS: 38,
  ELOOP: 40,
  ENOTSOCK: 88,
  EMSGSIZE: 90,
  EOPNOTSUPP: 95,
  EADDRINUSE: 98,
  ECONNABORTED: 103,
  ECONNRESET: 104,
  ENOBUFS: 105,
  EDQUOT: 122,
} as const;

export type ErrnoName = keyof typeof ERRNO;

/** A libc call that failed, with what it was for and why the kernel refused. */
export class SystemError extends Error {
  override name = "SystemError";

  /**
   * @param errno the error number
   * @param syscall the C function, "open"
   * @param action what it was for, as in `open FIFO "/run/x" for writing`
   */
  constructor(
    readonly errno: number,
    readonly syscall: string,
    action: string,
  ) {
    super(`Cannot ${action}: ${describeErrno(errno)}`);
  }

  is(...names: ErrnoName[]): boolean {
    return names.some((name) => ERRNO[name] === this.errno);
  }
}

/** `ENXIO (No such device or address)` */
export function describeErrno(errno: number): string {
  const name = Object.entries(ERRNO).find(([, value]) => value === errno)?.[0];
  const text = libc.strerror(errno);
  const words = text === null
    ? "unknown error"
    : new Deno.UnsafePointerView(text).getCString();
  return `${name ?? `errno ${errno}`} (${words})`;
}

let location: Deno.UnsafePointerView | undefined;

/**
 * Finds where this thread's errno lives. Called once before the first libc
 * call whose errno matters, because finding it makes system calls of its own.
 */
export function locateErrno(): void {
  const pointer = libc.__errno_location();
  if (pointer === null) throw new TypeError("libc has no errno location");
  location = new Deno.UnsafePointerView(pointer);
}

/**
 * errno of the libc call just made. Must be read in the very next statement:
 * the JavaScript engine makes system calls of its own.
 */
export function errno(): number {
  if (location === undefined) locateErrno();
  return location!.getInt32();
}

/**
 * Passes a libc result on, or throws when it is -1.
 *
 * @throws {SystemError}
 */
export function check(
  result: number,
  syscall: string,
  action: string,
): number {
  if (result === -1) throw new SystemError(errno(), syscall, action);
  return result;
}
