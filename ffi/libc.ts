/**
 * The libc functions that the shim calls. Nothing else in it is a Deno.dlopen.
 *
 * Each of them is in libc.so.6 itself since glibc 2.27 or longer
 * (tests/ffi/libc_test.ts), and all are looked up when the first is used; the
 * shim asks for all of them before it does anything (`expectAllSymbols`), so
 * that what is missing is not found in the middle of a life.
 *
 * Results that C calls `ssize_t` are declared `i32`: no transfer here is
 * larger than 64 KiB, and the low half of the register is then the number.
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
  eventfd: {
    parameters: [
      "u32", // unsigned int initval
      "i32", // int flags
    ],
    result: "i32",
  },
  memfd_create: {
    parameters: [
      "buffer", // const char *name
      "u32", // unsigned int flags
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
  clock_gettime: {
    parameters: [
      "i32", // clockid_t clockid
      "buffer", // struct timespec *tp
    ],
    result: "i32",
  },
  _exit: {
    parameters: ["i32"], // int status
    result: "void",
  },
  __errno_location: {
    parameters: [],
    result: "pointer",
  },
  // int clone(int (*fn)(void *), void *stack, int flags, void *arg, ...);
  clone: {
    parameters: [
      "pointer", // int (*fn)(void *)
      "pointer", // void *stack, its upper end
      "i32", // int flags
      "pointer", // void *arg
    ],
    result: "i32",
  },
  ppoll: {
    parameters: [
      "buffer", // struct pollfd *fds
      "usize", // nfds_t nfds
      "buffer", // const struct timespec *timeout, NULL for none
      "buffer", // const sigset_t *sigmask
    ],
    result: "i32",
  },
  sigprocmask: {
    parameters: [
      "i32", // int how
      "buffer", // const sigset_t *set
      "buffer", // sigset_t *oldset
    ],
    result: "i32",
  },
  // long syscall(long number, ...), where libc refuses or has no function.
  // SYS_rt_sigaction: libc's own keeps signals 32 and 33 to itself.
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
  // SYS_newfstatat: fstatat(3) is no symbol of libc.so.6 before glibc 2.33.
  newfstatat: {
    name: "syscall",
    parameters: [
      "isize", // long number
      "isize", // int dirfd
      "buffer", // const char *path
      "buffer", // struct stat *buf
      "isize", // int flags
    ],
    result: "i32",
  },
  // SYS_close_range: in glibc since 2.34.
  closeRange: {
    name: "syscall",
    parameters: [
      "isize", // long number
      "usize", // unsigned int first
      "usize", // unsigned int last
      "isize", // int flags
    ],
    result: "i32",
  },
  opendir: {
    parameters: ["buffer"], // const char *name
    result: "pointer",
  },
  readdir: {
    parameters: ["pointer"], // DIR *dirp
    result: "pointer",
  },
  closedir: {
    parameters: ["pointer"], // DIR *dirp
    result: "i32",
  },
  mmap: {
    parameters: [
      "pointer", // void *addr
      "usize", // size_t length
      "i32", // int prot
      "i32", // int flags
      "i32", // int fd
      "i64", // off_t offset
    ],
    result: "pointer",
  },
  mprotect: {
    parameters: [
      "pointer", // void *addr
      "usize", // size_t size
      "i32", // int prot
    ],
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
  getcwd: {
    parameters: [
      "buffer", // char *buf
      "usize", // size_t size
    ],
    result: "pointer",
  },
  getenv: {
    parameters: ["buffer"], // const char *name
    result: "pointer",
  },
  mkdir: {
    parameters: [
      "buffer", // const char *path
      "u32", // mode_t mode
    ],
    result: "i32",
  },
  rmdir: {
    parameters: ["buffer"], // const char *path
    result: "i32",
  },
  unlink: {
    parameters: ["buffer"], // const char *path
    result: "i32",
  },
  readlink: {
    parameters: [
      "buffer", // const char *path
      "buffer", // char *buf
      "usize", // size_t bufsiz
    ],
    result: "i32",
  },
  fchmod: {
    parameters: [
      "i32", // int fd
      "u32", // mode_t mode
    ],
    result: "i32",
  },
} as const satisfies Deno.ForeignLibraryInterface;

type Libc = Deno.StaticForeignLibraryInterface<typeof table>;
type Name = keyof typeof table;

const LIBRARY = "libc.so.6";

/** What else is looked up: a variable, and what only diagnoses call. */
const ADDRESSES = ["environ", "gnu_get_libc_version"] as const;

/** Every symbol that is needed of libc. */
export const SYMBOLS: readonly string[] = [
  ...new Set([...(Object.keys(table) as Name[]).map(symbolOf), ...ADDRESSES]),
];

/** What a function of the table is called in libc. */
function symbolOf(key: Name): string {
  const { name = key }: Deno.ForeignFunction = table[key];
  return name;
}

type Addresses = Record<string, Deno.PointerObject | null>;

let addresses: Addresses | undefined;

/**
 * Where a libc function or variable is.
 *
 * @throws {Error} when this C library does not have it
 */
export function addressOf(symbol: string): Deno.PointerObject {
  addresses ??= look();
  return addresses[symbol] ?? tooLittle([symbol]);
}

/** The symbols that this machine's libc does not have. */
export function missingSymbols(): string[] {
  addresses ??= look();
  return SYMBOLS.filter((symbol) => addresses![symbol] === null);
}

/** @throws {Error} that names all symbols that are missing */
export function expectAllSymbols(): void {
  const missing = missingSymbols();
  if (missing.length > 0) tooLittle(missing);
}

function tooLittle(missing: readonly string[]): never {
  throw new Error(
    `This C library is not enough: ${LIBRARY} has no ${missing.join(", ")}`,
  );
}

/** One dlopen(3) for all: as variables, for which nothing is compiled. */
function look(): Addresses {
  const all = Object.fromEntries(
    SYMBOLS.map((symbol) => [symbol, { type: "pointer", optional: true }]),
  ) as Record<string, { type: "pointer"; optional: true }>;
  return Deno.dlopen(LIBRARY, all).symbols as unknown as Addresses;
}

/** libc: each function is made callable when it is first used. */
export const libc = {} as Libc;

for (const key of Object.keys(table) as Name[]) {
  Object.defineProperty(libc, key, {
    configurable: true,
    enumerable: true,
    get() {
      const pointer = new Deno.UnsafeFnPointer(
        addressOf(symbolOf(key)) as Deno.PointerObject<Deno.ForeignFunction>,
        table[key] as Deno.ForeignFunction,
      );
      const value = pointer.call.bind(pointer);
      Object.defineProperty(libc, key, { value });
      return value;
    },
  });
}

/** What a busy shim calls again and again. */
const BUSY = ["read", "write", "ppoll"] as const;

let fast = false;

/**
 * Has Deno compile what bytes go through: that takes 0.2 ms for each function
 * and saves 2 µs for each call, which only a busy shim is worth.
 */
export function speedUp(): void {
  if (fast) return;
  fast = true;
  const { read, write, ppoll } = table;
  const { symbols } = Deno.dlopen(LIBRARY, { read, write, ppoll });
  for (const key of BUSY) {
    Object.defineProperty(libc, key, { value: symbols[key] });
  }
}
