import { libc } from "./libc.ts";

/**
 * errno values of <asm-generic/errno*.h> by name, and what they say. The words
 * are those that Go prints, in lower case, and that is contract: `docker run`
 * makes exit code 127 of "no such file or directory" and 126 of "permission
 * denied" in the error that it is told (UPSTREAM behaviour of Docker 17.05).
 */
const ERRNO = {
  EPERM: [1, "operation not permitted"],
  ENOENT: [2, "no such file or directory"],
  ESRCH: [3, "no such process"],
  EINTR: [4, "interrupted system call"],
  EIO: [5, "input/output error"],
  ENXIO: [6, "no such device or address"],
  E2BIG: [7, "argument list too long"],
  ENOEXEC: [8, "exec format error"],
  EBADF: [9, "bad file descriptor"],
  ECHILD: [10, "no child processes"],
  EAGAIN: [11, "resource temporarily unavailable"],
  ENOMEM: [12, "cannot allocate memory"],
  EACCES: [13, "permission denied"],
  EFAULT: [14, "bad address"],
  ENOTBLK: [15, "block device required"],
  EBUSY: [16, "device or resource busy"],
  EEXIST: [17, "file exists"],
  EXDEV: [18, "invalid cross-device link"],
  ENODEV: [19, "no such device"],
  ENOTDIR: [20, "not a directory"],
  EISDIR: [21, "is a directory"],
  EINVAL: [22, "invalid argument"],
  ENFILE: [23, "too many open files in system"],
  EMFILE: [24, "too many open files"],
  ENOTTY: [25, "inappropriate ioctl for device"],
  ETXTBSY: [26, "text file busy"],
  EFBIG: [27, "file too large"],
  ENOSPC: [28, "no space left on device"],
  ESPIPE: [29, "illegal seek"],
  EROFS: [30, "read-only file system"],
  EMLINK: [31, "too many links"],
  EPIPE: [32, "broken pipe"],
  EDEADLK: [35, "resource deadlock avoided"],
  ENAMETOOLONG: [36, "file name too long"],
  ENOSYS: [38, "function not implemented"],
  ENOTEMPTY: [39, "directory not empty"],
  ELOOP: [40, "too many levels of symbolic links"],
  EOVERFLOW: [75, "value too large for defined data type"],
  ELIBBAD: [80, "accessing a corrupted shared library"],
  EUSERS: [87, "too many users"],
  ENOTSOCK: [88, "socket operation on non-socket"],
  EMSGSIZE: [90, "message too long"],
  EOPNOTSUPP: [95, "operation not supported"],
  EADDRINUSE: [98, "address already in use"],
  ECONNABORTED: [103, "software caused connection abort"],
  ECONNRESET: [104, "connection reset by peer"],
  ENOBUFS: [105, "no buffer space available"],
  ENOTCONN: [107, "transport endpoint is not connected"],
  ETIMEDOUT: [110, "connection timed out"],
  ECONNREFUSED: [111, "connection refused"],
  ESTALE: [116, "stale file handle"],
  EREMOTEIO: [121, "remote I/O error"],
  EDQUOT: [122, "disk quota exceeded"],
} as const;

export type ErrnoName = keyof typeof ERRNO;

const NAMES: ReadonlyMap<number, ErrnoName> = new Map(
  (Object.keys(ERRNO) as ErrnoName[]).map((name) => [ERRNO[name][0], name]),
);

/** The number of an errno. */
export function errnoOf(name: ErrnoName): number {
  return ERRNO[name][0];
}

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
    return names.some((name) => errnoOf(name) === this.errno);
  }
}

/** `ENXIO (no such device or address)` */
export function describeErrno(errno: number): string {
  const name = NAMES.get(errno);
  return name === undefined ? `errno ${errno}` : `${name} (${ERRNO[name][1]})`;
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

/**
 * Makes a call, again if a signal has interrupted it.
 *
 * @throws {SystemError}
 */
export function uninterrupted(
  call: () => number,
  syscall: string,
  action: string,
): number {
  for (;;) {
    const result = call();
    if (result !== -1) return result;
    const code = errno();
    if (code !== errnoOf("EINTR")) throw new SystemError(code, syscall, action);
  }
}
