import {
  P_PID,
  POSIX_SPAWN_SETSIGDEF,
  POSIX_SPAWN_SETSIGMASK,
  PR_SET_CHILD_SUBREAPER,
  PR_SET_DUMPABLE,
  SIGKILL,
  WEXITED,
  WNOHANG,
  WNOWAIT,
} from "./constants.ts";
import { check, ERRNO, errno, SystemError } from "./errno.ts";
import type { Fd } from "./fd.ts";
import {
  posixSpawnAttr,
  posixSpawnFileActions,
  siginfo,
  sigset,
} from "./layout.ts";
import { addressOf, libc } from "./libc.ts";
import { cString, CStringArray } from "./memory.ts";

/**
 * Makes this process a subreaper: descendants whose parent dies become its
 * children, and so does the container's init when `runtime create` ends
 * (PR_SET_CHILD_SUBREAPER in prctl(2)).
 *
 * @throws {SystemError}
 */
export function becomeSubreaper(): void {
  check(
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1n, 0n, 0n, 0n),
    "prctl",
    "become the subreaper of the container",
  );
}

/**
 * Hides memory and fds of this process from others, also from a container that
 * shares its pid namespace: /proc/PID/mem and /proc/PID/fd are then for the
 * privileged only, and there is no core dump (PR_SET_DUMPABLE in prctl(2)).
 */
export function hideFromOthers(): void {
  libc.prctl(PR_SET_DUMPABLE, 0n, 0n, 0n, 0n);
}

/** How a process ended. */
export type Ending =
  | { kind: "exited"; code: number }
  | { kind: "signaled"; signal: number };

/** Decodes the wait status of waitpid(2); undefined for stops. */
export function decodeWaitStatus(status: number): Ending | undefined {
  const low = status & 0x7f;
  if (low === 0) return { kind: "exited", code: (status >> 8) & 0xff };
  if (low === 0x7f) return undefined;
  return { kind: "signaled", signal: low };
}

/** The exit status that shells and daemons use: the code, or 128 + signal. */
export function exitStatusOf(ending: Ending): number {
  return ending.kind === "exited" ? ending.code : 128 + ending.signal;
}

/** `exited with status 1`, `was killed by signal 9` */
export function describeEnding(ending: Ending): string {
  return ending.kind === "exited"
    ? `exited with status ${ending.code}`
    : `was killed by signal ${ending.signal}`;
}

const waitStatus = new Int32Array(1);

/**
 * Reaps one child that has ended, whichever it is, without waiting.
 *
 * @returns undefined when none has ended
 * @throws {SystemError}
 */
export function reapAny(): { pid: number; ending: Ending } | undefined {
  for (let attempt = 0;; attempt++) {
    const pid = libc.waitpid(-1, waitStatus, WNOHANG);
    if (pid === 0) return undefined;
    if (pid === -1) {
      const code = errno();
      if (code === ERRNO.ECHILD) return undefined;
      // Nothing else is documented. Were it so: no ending may be missed.
      if (code === ERRNO.EINTR || attempt < 10) continue;
      throw new SystemError(code, "waitpid", "reap children");
    }
    const ending = decodeWaitStatus(waitStatus[0]);
    if (ending !== undefined) return { pid, ending };
  }
}

/**
 * Whether a process is a child of this one; a child that has ended is one
 * until it is reaped (waitid(2) with WNOWAIT).
 */
export function isChild(pid: number): boolean {
  const options = WEXITED | WNOHANG | WNOWAIT;
  const info = new Uint8Array(siginfo.size);
  return libc.waitid(P_PID, pid, info, options) === 0;
}

/** Sends SIGKILL; a process that is already gone is no error. */
export function killProcess(pid: number): void {
  libc.kill(pid, SIGKILL);
}

let environment: Deno.PointerValue;

/** The C `environ`: passed on byte for byte, as it was received. */
function environ(): Deno.PointerValue {
  return environment ??= new Deno.UnsafePointerView(addressOf("environ"))
    .getPointer();
}

/** Keeps strings alive of which only their addresses are passed on. */
const inUse: CStringArray[] = [];

export interface SpawnOptions {
  /** Executable, a path; no search. */
  path: string;
  /** The whole argument list, argv[0] first. */
  argv: readonly string[];
  /** What the child has as fds 0, 1 and 2. It inherits no others. */
  stdio: readonly [Fd, Fd, Fd];
  /** The child's blocked signals, a `sigset_t`. All dispositions are reset. */
  signalMask: Uint8Array<ArrayBuffer>;
}

/**
 * posix_spawn(3) in the current directory, with this process's environment.
 *
 * A forked copy of this process could not run JavaScript, so what happens
 * between fork and exec is left to libc. SIGPIPE, which Deno ignores, and the
 * signals that the shim ignores get their default action back: a container
 * must not inherit any of that.
 *
 * @returns the pid
 * @throws {SystemError} with the errno of the failed execve(2)
 */
export function spawn(options: SpawnOptions): number {
  const what = `start ${JSON.stringify(options.argv[0])}`;
  const path = cString(options.path);
  const argv = new CStringArray(options.argv);
  const allSignals = new Uint8Array(sigset.size).fill(0xff);
  const attributes = new Uint8Array(posixSpawnAttr.size);
  const actions = new Uint8Array(posixSpawnFileActions.size);
  const pid = new Int32Array(1);

  const must = (result: number) => {
    // posix_spawn and its helpers return the error number itself.
    if (result !== 0) throw new SystemError(result, "posix_spawn", what);
  };
  must(libc.posix_spawnattr_init(attributes));
  must(libc.posix_spawnattr_setsigdefault(attributes, allSignals));
  must(libc.posix_spawnattr_setsigmask(attributes, options.signalMask));
  must(libc.posix_spawnattr_setflags(
    attributes,
    POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK,
  ));
  must(libc.posix_spawn_file_actions_init(actions));
  try {
    options.stdio.forEach((fd, target) => {
      must(
        libc.posix_spawn_file_actions_adddup2(actions, fd.raw, target),
      );
    });
    inUse.push(argv);
    must(libc.posix_spawn(
      pid,
      path,
      actions,
      attributes,
      argv.pointers,
      environ(),
    ));
  } finally {
    inUse.length = 0;
    libc.posix_spawn_file_actions_destroy(actions);
  }
  return pid[0];
}

/** A directory that is open, and its path. */
export interface Directory {
  fd: Fd;
  path: string;
}

/**
 * Runs something with another working directory and comes back.
 *
 * @param home the directory to come back to
 * @throws {SystemError} when the directory cannot be entered, or neither way
 *   leads back
 */
export function inDirectory<T>(
  path: string,
  what: string,
  home: Directory,
  action: () => T,
): T {
  const back = cString(home.path);
  check(libc.chdir(cString(path)), "chdir", `enter ${what}`);
  try {
    return action();
  } finally {
    if (libc.fchdir(home.fd.raw) === -1) {
      check(libc.chdir(back), "chdir", `return to "${home.path}"`);
    }
  }
}

/**
 * Replaces this process by the program in `path`.
 *
 * @throws {SystemError} always, if it returns
 */
export function replaceProcess(path: string, argv: readonly string[]): never {
  const strings = new CStringArray(argv);
  inUse.push(strings);
  libc.execve(cString(path), strings.pointers, environ());
  throw new SystemError(errno(), "execve", `start "${path}" again`);
}

/** Ends this process at once: no handlers run, the kernel closes all fds. */
export function exitNow(status: number): never {
  libc._exit(status);
  throw new Error("unreachable: _exit(2) has returned");
}
