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
/** The capacity of a pipe; EBADF on anything that is no pipe or FIFO. */
export const F_GETPIPE_SZ = 1032;
/** In place of a directory's descriptor: the working directory. */
export const AT_FDCWD = -100;
/** A symbolic link is meant itself. */
export const AT_SYMLINK_NOFOLLOW = 0x100;
/** The path is empty: the descriptor itself is meant. */
export const AT_EMPTY_PATH = 0x1000;

// <unistd.h>
export const R_OK = 4;
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
export const SIG_BLOCK = 0;
export const SIG_SETMASK = 2;
/** No SIGCHLD when a child stops or continues. */
export const SA_NOCLDSTOP = 0x00000001;
export const SA_RESTART = 0x10000000;

// <sched.h>
/** Parent and child have the same memory. */
export const CLONE_VM = 0x00000100;
/** They have the same descriptors. */
export const CLONE_FILES = 0x00000400;
/** The parent waits until the child has executed a program, or ended. */
export const CLONE_VFORK = 0x00004000;

// <linux/close_range.h>
export const CLOSE_RANGE_CLOEXEC = 4;

// <sys/mman.h>
export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const PROT_EXEC = 4;
export const MAP_PRIVATE = 0x02;
export const MAP_ANONYMOUS = 0x20;
export const MADV_DONTNEED = 4;
export const MFD_CLOEXEC = 1;

// <sys/wait.h>
export const WNOHANG = 1;
export const WEXITED = 4;
/** Leaves the child to be reaped. */
export const WNOWAIT = 0x01000000;
export const P_PID = 1;

// <sys/prctl.h>
/** The signal that this process gets when the thread that made it ends. */
export const PR_SET_PDEATHSIG = 1;
export const PR_SET_DUMPABLE = 4;
export const PR_SET_CHILD_SUBREAPER = 36;

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
export const CLOCK_PROCESS_CPUTIME_ID = 2;

/** What differs between the two architectures that Deno supports on Linux. */
export const BY_ARCHITECTURE = {
  x86_64: {
    O_DIRECTORY: 0o200000,
    O_NOFOLLOW: 0o400000,
    O_TMPFILE: 0o20200000,
    SYS_chdir: 80,
    SYS_close_range: 436,
    SYS_dup3: 292,
    SYS_execve: 59,
    SYS_exit: 60,
    SYS_getppid: 110,
    SYS_newfstatat: 262,
    SYS_openat: 257,
    SYS_prctl: 157,
    SYS_rt_sigaction: 13,
    SYS_rt_sigprocmask: 14,
  },
  aarch64: {
    O_DIRECTORY: 0o40000,
    O_NOFOLLOW: 0o100000,
    O_TMPFILE: 0o20040000,
    SYS_chdir: 49,
    SYS_close_range: 436,
    SYS_dup3: 24,
    SYS_execve: 221,
    SYS_exit: 93,
    SYS_getppid: 173,
    SYS_newfstatat: 79,
    SYS_openat: 56,
    SYS_prctl: 167,
    SYS_rt_sigaction: 134,
    SYS_rt_sigprocmask: 135,
  },
} as const;

export const {
  O_DIRECTORY,
  O_NOFOLLOW,
  /** A file without a name, in the directory that the path names. */
  O_TMPFILE,
  SYS_chdir,
  SYS_close_range,
  SYS_dup3,
  SYS_execve,
  SYS_exit,
  SYS_getppid,
  SYS_newfstatat,
  SYS_openat,
  SYS_prctl,
  SYS_rt_sigaction,
  SYS_rt_sigprocmask,
} = BY_ARCHITECTURE[Deno.build.arch as keyof typeof BY_ARCHITECTURE];
