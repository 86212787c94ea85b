/** One system call that the shim made in a life without faults. */
export interface Step {
  call: string;
  /** Which of the process's calls of this name it is, from 1. */
  nth: number;
  /** The call with what differs from run to run taken out. */
  what: string;
  phase: string;
}

/** A fault: one step that fails with an error, or that the shim dies at. */
export interface Fault {
  step: Step;
  error: string;
}

/** Not an error, but the end. */
export const SIGKILL = "SIGKILL";

/**
 * What can go wrong in a call on Linux, by manual page and kernel source. An
 * empty list: the call cannot fail with the arguments it gets here, or its
 * failure could only be played wrongly (a close that reports an error has
 * closed all the same, but an injected one has not).
 */
const PLAUSIBLE: Readonly<Record<string, readonly string[]>> = {
  accept4: ["EINTR", "EAGAIN", "EMFILE", "ENFILE", "ENOMEM"],
  access: ["EACCES", "EIO", "ENOMEM"],
  bind: ["EACCES", "EIO", "ENOMEM", "ENOSPC"],
  chdir: ["EACCES", "EIO", "ENOMEM"],
  chmod: ["EIO", "EACCES"],
  chown: ["EIO", "EACCES"],
  clone: ["EAGAIN", "ENOMEM"],
  close: [],
  close_range: ["EMFILE", "ENOMEM", "ENOSYS"],
  dup3: ["EINTR", "EMFILE"],
  epoll_wait: ["EINTR"],
  eventfd2: ["EMFILE", "ENFILE", "ENOMEM"],
  exit_group: [],
  fallocate: ["EINTR", "EIO", "ENOSPC"],
  fchdir: ["EACCES", "EIO"],
  fchmod: ["EIO", "EACCES"],
  fchown: ["EIO", "EACCES"],
  fcntl: ["ENOMEM"],
  fsync: ["EIO", "ENOSPC"],
  ftruncate: ["EINTR", "EIO", "EACCES"],
  getcwd: ["ENOMEM", "EACCES"],
  getdents64: ["EIO", "ENOMEM"],
  getrandom: ["EINTR", "EAGAIN"],
  getsockopt: ["ENOMEM"],
  ioctl: ["EINTR", "EIO", "EMFILE", "ENOMEM"],
  kill: ["EACCES"],
  linkat: ["EACCES", "EIO", "ENOMEM", "ENOSPC"],
  listen: ["ENOMEM"],
  lseek: ["EIO"],
  mkdir: ["EACCES", "EIO", "ENOMEM", "ENOSPC"],
  newfstatat: ["EACCES", "EIO", "ENOMEM"],
  openat: ["EINTR", "EMFILE", "ENFILE", "ENOMEM", "ENOSPC", "EIO", "EACCES"],
  pipe2: ["EMFILE", "ENFILE", "ENOMEM"],
  ppoll: ["EINTR", "EAGAIN", "ENOMEM"],
  prctl: ["ENOMEM"],
  pread64: ["EINTR", "EIO"],
  pwrite64: ["EINTR", "EIO", "ENOSPC"],
  read: ["EINTR", "EAGAIN", "EIO", "ENOMEM"],
  readlink: ["EACCES", "EIO", "ENOMEM"],
  recvmsg: ["EINTR", "EAGAIN", "ENOMEM"],
  renameat2: ["EACCES", "EIO", "ENOMEM", "ENOSPC"],
  rename: ["EACCES", "EIO", "ENOMEM", "ENOSPC"],
  rmdir: ["EACCES", "EIO", "ENOMEM"],
  rt_sigaction: [],
  rt_sigprocmask: [],
  rt_sigreturn: [],
  socket: ["EACCES", "EMFILE", "ENFILE", "ENOMEM"],
  statx: ["EACCES", "EIO", "ENOMEM"],
  unlink: ["EACCES", "EIO", "ENOMEM"],
  unlinkat: ["EACCES", "EIO", "ENOMEM"],
  wait4: ["EINTR"],
  waitid: ["EINTR"],
  write: ["EINTR", "EAGAIN", "EIO", "ENOSPC"],
};

/**
 * The engine's own: memory, threads and clocks. A lack of memory ends it with
 * an abort, which to the daemon is no other death than SIGKILL.
 */
const ENGINE = new Set([
  ..."brk clock_gettime futex getpid gettid getuid madvise mmap".split(" "),
  ..."mprotect mremap munmap prlimit64 restart_syscall rseq".split(" "),
  ..."sched_yield sched_getaffinity set_robust_list sigaltstack".split(" "),
]);

/** Where it matters in which life, and how often before, a call was made. */
const TRANSFERS = new Set(["ppoll", "read", "write", "wait4", "ioctl"]);

/** The first call of the shim's own code: all before it is the engine's start. */
export const FIRST_CALL = "PR_SET_CHILD_SUBREAPER";

/**
 * The steps of a life out of what strace(1) wrote about its main thread.
 *
 * @param calls the runtime's, in order: they divide a life into phases
 * @throws {Error} when the shim makes a call that nothing is known about
 */
export function stepsOf(trace: string, calls: readonly string[]): Step[] {
  const steps: Step[] = [];
  const counts = new Map<string, number>();
  let isOwn = false;
  const phase = new Phase(calls);
  for (const line of trace.split("\n")) {
    const call = /^(\w+)\(/.exec(line)?.[1];
    if (call === undefined) continue;
    const nth = (counts.get(call) ?? 0) + 1;
    counts.set(call, nth);
    isOwn ||= line.includes(FIRST_CALL);
    if (!isOwn || ENGINE.has(call)) continue;
    if (PLAUSIBLE[call] === undefined) {
      throw new Error(`No errors are listed for the system call: ${line}`);
    }
    steps.push({ call, nth, what: describe(line), phase: phase.at(line) });
  }
  return steps;
}

/** How far a life has come, told by the files it opens and what it starts. */
class Phase {
  #name = "start";
  #begun = 0;

  constructor(private readonly calls: readonly string[]) {}

  at(line: string): string {
    if (line.startsWith("clone(")) this.#name = this.calls[this.#begun++];
    if (line.startsWith("openat(") && line.includes('"pid"')) {
      this.#name = "run";
    }
    if (line.startsWith("openat(") && line.includes('"exitStatus"')) {
      this.#name = "end";
    }
    return this.#name;
  }
}

/** Their arguments tell nothing. */
const PLAIN = new Set(
  "clone getrandom ppoll rt_sigaction rt_sigprocmask rt_sigreturn wait4"
    .split(" "),
);

/** The call with its objects, but without numbers that nobody chose. */
export function describe(line: string): string {
  const call = /^\w+/.exec(line)![0];
  if (PLAIN.has(call)) return call;
  const shown = line
    .replace(/\)\s+= .*$|\s*<unfinished \.\.\.>/, ")")
    .replace(/,?\)$/, ")")
    .replaceAll(/\/[^\s"<>,]*\/shim-run-[0-9a-f]+/g, "$ROOT")
    .replaceAll(/\b(\d+)</g, "<")
    .replaceAll(/(pipe|socket):\[\d+\]/g, "$1")
    .replaceAll(/\/proc\/\d+\//g, "/proc/PID/")
    .replaceAll(/\/pty\d+/g, "/ptyN")
    .replaceAll(/\/dev\/pts\/\d+/g, "/dev/pts/N")
    .replaceAll(/#\d+/g, "#N")
    .replaceAll(/0x[0-9a-f]{6,}/g, "PTR")
    .replaceAll(/AT_FDCWD(<[^>]*>)?, /g, "");
  if (call === "fcntl") {
    // Which descriptors there are to look at is the engine's affair.
    if (shown.includes("F_GETFD") || shown.includes("F_SETFD")) {
      return `fcntl(${/F_\w+/.exec(shown)![0]})`;
    }
    return shown;
  }
  if (/^p?(read|write)(64)?$/.test(call)) {
    return `${call}(${
      [...shown.matchAll(/<([^>]*)>/g)].map(([_, o]) => o).join(" -> ")
    })`;
  }
  return shown.replace(/, \{.*$/, ")");
}

/** How many of the same are worth it. */
const REPEATS = 2;

/** Chooses the faults of a life, leaving out what has been chosen before. */
export function faultsOf(
  life: string,
  steps: readonly Step[],
  seen: Set<string>,
): Fault[] {
  const faults: Fault[] = [];
  const repeats = new Map<string, number>();
  for (const step of steps) {
    const key = `${step.phase} ${step.what}`;
    const count = (repeats.get(key) ?? 0) + 1;
    repeats.set(key, count);
    const isTransfer = TRANSFERS.has(step.call);
    if (count > (isTransfer ? REPEATS : 1)) continue;
    const mark = isTransfer ? `${life} ${key} ${count}` : key;
    if (seen.has(mark)) continue;
    seen.add(mark);
    for (const error of [...errorsOf(step.call, step.what), SIGKILL]) {
      faults.push({ step, error });
    }
  }
  return faults;
}

/** What can go wrong in a call, given its objects as `describe` shows them. */
export function errorsOf(call: string, what: string): readonly string[] {
  // The signal handler's: an eventfd takes a write unless it is full, and
  // then it is readable anyhow. Reading one gives what is there.
  if (what.includes("anon_inode:[eventfd]")) return [];
  if (call === "openat" && !/O_CREAT|O_TMPFILE/.test(what)) {
    return PLAUSIBLE.openat.filter((error) => error !== "ENOSPC");
  }
  // A pipe or a terminal gives EIO only when it has hung up, as each terminal
  // does in the end.
  if (call === "write" || call === "read") {
    const isFile = /\/(state|rt|checkpoint)\//.test(what) &&
      !/\/state\/(exit|control)/.test(what);
    return PLAUSIBLE[call].filter((error) =>
      isFile ? error !== "EAGAIN" : error === "EINTR" || error === "EAGAIN"
    );
  }
  return PLAUSIBLE[call];
}
