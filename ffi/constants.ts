/**
 * C constants, grouped by the header that defines them. Values are those of
 * Linux with glibc; where x86_64 and aarch64 differ, the table at the end
 * holds both.
 */

// <fcntl.h>
export const O_RDONLY = 0;
export const O_WRONLY = 1;
export const O_RDWR = 2;
export const O_CREAT = 0o100;
export const O_NOCTTY = 0o400;
export const O_TRUNC = 0o1000;
export const O_APPEND = 0o2000;
export const O_NONBLOCK = 0o4000;
export const O_SYNC = 0o4010000;
export const O_CLOEXEC = 0o2000000;
export const F_GETFD = 1;
export const F_SETFD = 2;
export const F_GETFL = 3;
export const F_SETFL = 4;
export const FD_CLOEXEC = 1;
/** Sets the capacity of a pipe in bytes; also works on a FIFO. */
export const F_SETPIPE_SZ = 1031;
/** Reads it; fails with EBADF on anything that is no pipe or FIFO. */
export const F_GETPIPE_SZ = 1032;
/** Do not block on the pipe ends, whatever their O_NONBLOCK says. */
export const SPLICE_F_NONBLOCK = 2;

// <unistd.h>
export const X_OK = 1;
export const W_OK = 2;

// <poll.h>
export const POLLIN = 0x001;
export const POLLOUT = 0x004;
export const POLLERR = 0x008;
export const POLLHUP = 0x010;
export const POLLNVAL = 0x020;

// <signal.h>
export const SIGKILL = 9;
export const SIGCHLD = 17;
export const SIGSTOP = 19;
/** The highest signal number, SIGRTMAX. */
export const SIGNAL_MAX = 64;
export const SIG_IGN = 1;
export const SIG_UNBLOCK = 1;
/** No SIGCHLD when a child stops or continues. */
export const SA_NOCLDSTOP = 0x00000001;
/** The handler takes (signo, siginfo_t *, ucontext_t *). */
export const SA_SIGINFO = 0x00000004;
export const SA_RESTART = 0x10000000;

// <sys/mman.h>
export const MADV_DONTNEED = 4;

// <sys/wait.h>
export const WNOHANG = 1;
export const WEXITED = 4;
/** Leaves the child to be reaped. */
export const WNOWAIT = 0x01000000;
export const P_PID = 1;

// <sys/prctl.h>
export const PR_SET_DUMPABLE = 4;
export const PR_SET_CHILD_SUBREAPER = 36;

// <spawn.h>
export const POSIX_SPAWN_SETSIGDEF = 0x04;
export const POSIX_SPAWN_SETSIGMASK = 0x08;

// <asm-generic/ioctls.h>; ioctl(2) takes them as unsigned long
export const TCGETS = 0x5401n;
export const TIOCSWINSZ = 0x5414n;
export const TIOCGWINSZ = 0x5413n;
/** Bytes that wait to be read. */
export const FIONREAD = 0x541bn;
/** Number of the pty: the N of /dev/pts/N. */
export const TIOCGPTN = 0x80045430n;
/** Locks (1) or unlocks (0) the slave of a pty master. */
export const TIOCSPTLCK = 0x40045431n;
/** Opens the slave of a pty master, in whatever mount namespace it is. */
export const TIOCGPTPEER = 0x5441n;

// <sys/socket.h>
export const AF_UNIX = 1;
export const SOCK_STREAM = 1;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;
export const SOL_SOCKET = 1;
export const SO_PEERCRED = 17;
export const SCM_RIGHTS = 1;
/** The control data did not fit; the kernel dropped the rest. */
export const MSG_CTRUNC = 0x08;
export const MSG_CMSG_CLOEXEC = 0x40000000;

// <sys/eventfd.h>
export const EFD_NONBLOCK = 0o4000;
export const EFD_CLOEXEC = 0o2000000;

// <time.h>
export const CLOCK_REALTIME = 0;

/** What differs between the two architectures that Deno supports on Linux. */
export const BY_ARCHITECTURE = {
  x86_64: {
    O_DIRECTORY: 0o200000,
    O_NOFOLLOW: 0o400000,
    O_TMPFILE: 0o20200000,
    SYS_rt_sigaction: 13,
  },
  aarch64: {
    O_DIRECTORY: 0o40000,
    O_NOFOLLOW: 0o100000,
    O_TMPFILE: 0o20040000,
    SYS_rt_sigaction: 134,
  },
} as const;

const here = BY_ARCHITECTURE[Deno.build.arch as keyof typeof BY_ARCHITECTURE];
export const O_DIRECTORY = here.O_DIRECTORY;
export const O_NOFOLLOW = here.O_NOFOLLOW;
/** A file without a name, in the directory that the path names. */
export const O_TMPFILE = here.O_TMPFILE;
export const SYS_rt_sigaction = here.SYS_rt_sigaction;
