/**
 * Sizes and offsets of the C structs that cross the FFI boundary, in bytes
 * (glibc, 64-bit Linux). tests/ffi/layout_test.ts holds each against a C compiler.
 */

/** `struct pollfd { int fd; short events; short revents; }` */
export const pollfd = { size: 8, fd: 0, events: 4, revents: 6 } as const;

/** `sigset_t`: one bit per signal, bit 0 is signal 1. The kernel reads 8. */
export const sigset = { size: 128, kernelSize: 8 } as const;

/** `struct sigaction { handler; sigset_t mask; int flags; restorer; }` */
export const sigaction = { size: 152, handler: 0, flags: 136 } as const;

/** `struct kernel_sigaction`, as the raw system call takes it. */
export const kernelSigaction = { size: 32, handler: 0 } as const;

/** `siginfo_t`, of which waitid(2) fills in the pid. */
export const siginfo = { size: 128, pid: 16 } as const;

/** `struct winsize { unsigned short row, col, xpixel, ypixel; }` */
export const winsize = { size: 8, rows: 0, columns: 2 } as const;

/** `struct termios`, only ever asked for to learn whether an fd is a tty. */
export const termios = { size: 60 } as const;

/** `struct sockaddr_un { sa_family_t family; char path[108]; }` */
export const sockaddrUn = { size: 110, family: 0, path: 2 } as const;

/** `struct iovec { void *base; size_t len; }` */
export const iovec = { size: 16, base: 0, length: 8 } as const;

/** `struct msghdr` of recvmsg(2). */
export const msghdr = {
  size: 56,
  iov: 16,
  iovlen: 24,
  control: 32,
  controllen: 40,
  flags: 48,
} as const;

/** `struct cmsghdr { size_t len; int level; int type; }`, data behind it. */
export const cmsghdr = { size: 16, length: 0, level: 8, type: 12 } as const;

/** `struct ucred { pid_t pid; uid_t uid; gid_t gid; }` of SO_PEERCRED. */
export const ucred = { size: 12, pid: 0, uid: 4, gid: 8 } as const;

/** `struct timespec { time_t sec; long nsec; }` */
export const timespec = { size: 16, seconds: 0, nanoseconds: 8 } as const;

/**
 * `struct stat` of newfstatat(2), as far as both architectures agree. The time
 * is a `struct timespec`.
 */
export const stat = {
  size: 144,
  device: 0,
  inode: 8,
  length: 48,
  modified: 88,
} as const;

/** Where the two architectures have the mode in it, a `mode_t`. */
export const STAT_MODE = { x86_64: 24, aarch64: 16 } as const;

/** And the number of its names, of which the low 32 bits will do. */
export const STAT_NAMES = { x86_64: 16, aarch64: 20 } as const;

/** `struct dirent` of readdir(3), up to the name. */
export const dirent = { name: 19 } as const;
