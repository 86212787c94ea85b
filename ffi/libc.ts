/**
 * The libc functions that the shim calls, and the only `Deno.dlopen`.
 *
 * A symbol is bound when it is first used: a container without a terminal
 * never pays for sockets and ptys.
 *
 * Results that C calls `ssize_t` are declared `i32`: no transfer here is
 * larger than 1 MiB, and the low half of the register is then the number.
 */

const table = {
  // int open(const char *path, int flags, mode_t mode);
  open: {
    parameters: [
      "buffer", // const char *path
      "i32", // int flags
      "u32", // mode_t mode
    ],
    result: "i32",
  },
  // The same on a pool thread: opening a FIFO waits for its other end.
  openBlocking: {
    name: "open",
    parameters: [
      "buffer", // const char *path
      "i32", // int flags
      "u32", // mode_t mode
    ],
    result: "i32",
    nonblocking: true,
  },
  close: {
    parameters: ["i32"], // int fd
    result: "i32",
  },
  read: {
    parameters: [
      "i32", // int fd
      "buffer", // void *buf
      "usize", // size_t count
    ],
    result: "i32",
  },
  write: {
    parameters: [
      "i32", // int fd
      "buffer", // const void *buf
      "usize", // size_t count
    ],
    result: "i32",
  },
  // off_t is 64 bits wide on the platforms that Deno has.
  pread: {
    parameters: [
      "i32", // int fd
      "buffer", // void *buf
      "usize", // size_t count
      "i64", // off_t offset
    ],
    result: "i32",
  },
  pwrite: {
    parameters: [
      "i32", // int fd
      "buffer", // const void *buf
      "usize", // size_t count
      "i64", // off_t offset
    ],
    result: "i32",
  },
  ftruncate: {
    parameters: [
      "i32", // int fd
      "i64", // off_t length
    ],
    result: "i32",
  },
  fallocate: {
    parameters: [
      "i32", // int fd
      "i32", // int mode
      "i64", // off_t offset
      "i64", // off_t size
    ],
    result: "i32",
  },
  splice: {
    parameters: [
      "i32", // int fd_in
      "pointer", // off_t *off_in
      "i32", // int fd_out
      "pointer", // off_t *off_out
      "usize", // size_t size
      "u32", // unsigned int flags
    ],
    result: "i32",
  },
  pipe2: {
    parameters: [
      "buffer", // int pipefd[2]
      "i32", // int flags
    ],
    result: "i32",
  },
  fcntl: {
    parameters: [
      "i32", // int fd
      "i32", // int op
      "i32", // int arg
    ],
    result: "i32",
  },
  fchown: {
    parameters: [
      "i32", // int fd
      "u32", // uid_t owner
      "u32", // gid_t group
    ],
    result: "i32",
  },
  dup3: {
    parameters: [
      "i32", // int oldfd
      "i32", // int newfd
      "i32", // int flags
    ],
    result: "i32",
  },
  ioctl: {
    parameters: [
      "i32", // int fd
      "usize", // unsigned long op
      "buffer", // void *argp
    ],
    result: "i32",
  },
  ioctlInt: {
    name: "ioctl",
    parameters: [
      "i32", // int fd
      "usize", // unsigned long op
      "i32", // int arg
    ],
    result: "i32",
  },
  poll: {
    parameters: [
      "buffer", // struct pollfd *fds
      "usize", // nfds_t nfds
      "i32", // int timeout, in milliseconds
    ],
    result: "i32",
  },
  eventfd: {
    parameters: [
      "u32", // unsigned int initval
      "i32", // int flags
    ],
    result: "i32",
  },
  sigaction: {
    parameters: [
      "i32", // int signum
      "buffer", // const struct sigaction *act
      "pointer", // struct sigaction *oldact
    ],
    result: "i32",
  },
  // long syscall(SYS_rt_sigaction, ...): glibc's own refuses signals 32, 33.
  rtSigaction: {
    name: "syscall",
    parameters: [
      "isize", // long number
      "isize", // int signum
      "buffer", // const struct kernel_sigaction *act
      "pointer", // struct kernel_sigaction *oldact
      "usize", // size_t sigsetsize
    ],
    result: "i32",
  },
  pthread_sigmask: {
    parameters: [
      "i32", // int how
      "buffer", // const sigset_t *set
      "buffer", // sigset_t *oldset
    ],
    result: "i32",
  },
  prctl: {
    parameters: [
      "i32", // int op
      "usize", // unsigned long arg2
      "usize", // unsigned long arg3
      "usize", // unsigned long arg4
      "usize", // unsigned long arg5
    ],
    result: "i32",
  },
  posix_spawn: {
    parameters: [
      "buffer", // pid_t *pid
      "buffer", // const char *path
      "buffer", // const posix_spawn_file_actions_t *file_actions
      "buffer", // const posix_spawnattr_t *attrp
      "buffer", // char *const argv[]
      "pointer", // char *const envp[]
    ],
    result: "i32",
  },
  posix_spawn_file_actions_init: {
    parameters: ["buffer"], // posix_spawn_file_actions_t *file_actions
    result: "i32",
  },
  posix_spawn_file_actions_adddup2: {
    parameters: [
      "buffer", // posix_spawn_file_actions_t *file_actions
      "i32", // int fd
      "i32", // int newfd
    ],
    result: "i32",
  },
  posix_spawn_file_actions_destroy: {
    parameters: ["buffer"], // posix_spawn_file_actions_t *file_actions
    result: "i32",
  },
  posix_spawnattr_init: {
    parameters: ["buffer"], // posix_spawnattr_t *attr
    result: "i32",
  },
  posix_spawnattr_setflags: {
    parameters: [
      "buffer", // posix_spawnattr_t *attr
      "i16", // short flags
    ],
    result: "i32",
  },
  posix_spawnattr_setsigdefault: {
    parameters: [
      "buffer", // posix_spawnattr_t *attr
      "buffer", // const sigset_t *sigdefault
    ],
    result: "i32",
  },
  posix_spawnattr_setsigmask: {
    parameters: [
      "buffer", // posix_spawnattr_t *attr
      "buffer", // const sigset_t *sigmask
    ],
    result: "i32",
  },
  waitpid: {
    parameters: [
      "i32", // pid_t pid
      "buffer", // int *wstatus
      "i32", // int options
    ],
    result: "i32",
  },
  // int waitid(idtype_t, id_t, siginfo_t *, int)
  waitid: {
    parameters: [
      "i32", // idtype_t idtype
      "u32", // id_t id
      "buffer", // siginfo_t *infop
      "i32", // int options
    ],
    result: "i32",
  },
  kill: {
    parameters: [
      "i32", // pid_t pid
      "i32", // int sig
    ],
    result: "i32",
  },
  chdir: {
    parameters: ["buffer"], // const char *path
    result: "i32",
  },
  fchdir: {
    parameters: ["i32"], // int fd
    result: "i32",
  },
  chown: {
    parameters: [
      "buffer", // const char *path
      "u32", // uid_t owner
      "u32", // gid_t group
    ],
    result: "i32",
  },
  access: {
    parameters: [
      "buffer", // const char *path
      "i32", // int mode
    ],
    result: "i32",
  },
  socket: {
    parameters: [
      "i32", // int domain
      "i32", // int type
      "i32", // int protocol
    ],
    result: "i32",
  },
  bind: {
    parameters: [
      "i32", // int sockfd
      "buffer", // const struct sockaddr *addr
      "u32", // socklen_t addrlen
    ],
    result: "i32",
  },
  listen: {
    parameters: [
      "i32", // int sockfd
      "i32", // int backlog
    ],
    result: "i32",
  },
  accept4: {
    parameters: [
      "i32", // int sockfd
      "pointer", // struct sockaddr *addr
      "pointer", // socklen_t *addrlen
      "i32", // int flags
    ],
    result: "i32",
  },
  getsockopt: {
    parameters: [
      "i32", // int sockfd
      "i32", // int level
      "i32", // int optname
      "buffer", // void *optval
      "buffer", // socklen_t *optlen
    ],
    result: "i32",
  },
  recvmsg: {
    parameters: [
      "i32", // int sockfd
      "buffer", // struct msghdr *msg
      "i32", // int flags
    ],
    result: "i32",
  },
  malloc_trim: {
    parameters: ["usize"], // size_t pad
    result: "i32",
  },
  madvise: {
    parameters: [
      "usize", // void *addr
      "usize", // size_t size
      "i32", // int advice
    ],
    result: "i32",
  },
  clock_gettime: {
    parameters: [
      "i32", // clockid_t clockid
      "buffer", // struct timespec *tp
    ],
    result: "i32",
  },
  execve: {
    parameters: [
      "buffer", // const char *path
      "buffer", // char *const argv[]
      "pointer", // char *const envp[]
    ],
    result: "i32",
  },
  _exit: {
    parameters: ["i32"], // int status
    result: "void",
  },
  strerror: {
    parameters: ["i32"], // int errnum
    result: "pointer",
  },
  __errno_location: {
    parameters: [],
    result: "pointer",
  },
} as const satisfies Deno.ForeignLibraryInterface;

type Libc = Deno.StaticForeignLibraryInterface<typeof table>;
type Name = keyof typeof table;

/**
 * The functions that bytes and events go through. Deno compiles a trampoline
 * for each symbol that `dlopen` binds: that takes 0.1 ms and saves 1 µs a call.
 */
const HOT: ReadonlySet<Name> = new Set<Name>(["poll", "splice"]);

const LIBRARY = "libc.so.6";

function bind(key: Name): unknown {
  const definition: Deno.ForeignFunction = table[key];
  if (HOT.has(key)) {
    return Deno.dlopen(LIBRARY, { [key]: definition }).symbols[key];
  }
  const address = addressOf(definition.name ?? key);
  const pointer = new Deno.UnsafeFnPointer(
    address as Deno.PointerObject<Deno.ForeignFunction>,
    definition,
  );
  return pointer.call.bind(pointer);
}

/** libc, each function bound on its first use. */
export const libc = {} as Libc;

for (const key of Object.keys(table) as Name[]) {
  Object.defineProperty(libc, key, {
    configurable: true,
    enumerable: true,
    get() {
      const value = bind(key);
      Object.defineProperty(libc, key, { value });
      return value;
    },
  });
}

/**
 * The address of a libc function or variable.
 *
 * @throws {TypeError} when libc has no such symbol
 */
export function addressOf(symbol: string): Deno.PointerObject {
  const { symbols } = Deno.dlopen(LIBRARY, { [symbol]: { type: "pointer" } });
  return symbols[symbol] as unknown as Deno.PointerObject;
}
