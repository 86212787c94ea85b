import {
  CLOSE_RANGE_CLOEXEC,
  F_GETFD,
  F_SETFD,
  FD_CLOEXEC,
  SA_NOCLDSTOP,
  SA_RESTART,
  SIG_BLOCK,
  SIG_IGN,
  SIGCHLD,
  SIGKILL,
  SIGNAL_MAX,
  SIGSTOP,
  SYS_close_range,
  SYS_rt_sigaction,
} from "./constants.ts";
import { directoryNames } from "./directory.ts";
import { check } from "./errno.ts";
import type { Fd } from "./fd.ts";
import { kernelSigaction, sigaction, sigset } from "./layout.ts";
import { libc } from "./libc.ts";
import { loadedMachineCode } from "./machine_code.ts";
import { fixedMemory } from "./memory.ts";

/**
 * Ignores every signal that can be ignored, but SIGCHLD. Sent to the shim,
 * they then have no effect at all, and no wake-up either.
 *
 * The raw system call, because glibc keeps signals 32 and 33 to itself. A
 * real fault (SIGSEGV, SIGBUS …) still ends the process: the kernel does not
 * let a process ignore those (signal(7)).
 */
export function ignoreSignals(): void {
  const action = new Uint8Array(kernelSigaction.size);
  action[kernelSigaction.handler] = SIG_IGN;
  for (let signal = 1; signal <= SIGNAL_MAX; signal++) {
    if (signal === SIGKILL || signal === SIGSTOP || signal === SIGCHLD) {
      continue;
    }
    check(
      libc.rtSigaction(
        BigInt(SYS_rt_sigaction),
        BigInt(signal),
        action,
        null,
        BigInt(sigset.kernelSize),
      ),
      "rt_sigaction",
      `ignore signal ${signal}`,
    );
  }
}

/** The first descriptor behind stdin, stdout and stderr. */
const FIRST = 3;

/**
 * Marks descriptors that this process was started with (other than stdio)
 * close-on-exec, so that they do not reach the runtime and the container.
 */
export function sealInheritedFds(): void {
  const last = 0xffffffffn;
  const all = libc.closeRange(
    BigInt(SYS_close_range),
    BigInt(FIRST),
    last,
    BigInt(CLOSE_RANGE_CLOEXEC),
  );
  // Linux before 5.11 cannot do that at once.
  if (all === -1) { for (const fd of openFds()) seal(fd); }
}

/** What is open, or without /proc what may be. */
function openFds(): number[] {
  const found = [...directoryNames("/proc/self/fd")].map(Number);
  return found.length > 0 ? found : Array.from({ length: 1024 }, (_, fd) => fd);
}

function seal(fd: number): void {
  if (fd < FIRST || libc.fcntl(fd, F_GETFD, 0) !== 0) return;
  libc.fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/** The masks of this process: the one it was started with, and without CHLD. */
let masks:
  | { inherited: Uint8Array<ArrayBuffer>; waiting: Uint8Array<ArrayBuffer> }
  | undefined;

/**
 * From now on the end of a child ends a wait in poll(2), whenever it happens:
 * the descriptor given back is readable then, and is to be emptied.
 *
 * No JavaScript can run in a signal handler, so the handler is a few machine
 * instructions that write to an eventfd. SIGCHLD is blocked but for the waits:
 * a flood of it cannot keep anything else from running. If the engine has
 * other threads, which have it unblocked, the handler may run in one of those
 * at any time; that is why there is an eventfd, and not just a system call
 * that is interrupted. (signalfd(2) would miss what such a thread takes.)
 *
 * @throws {SystemError}
 */
export function listenForChildren(): Fd {
  const { wake, wakeUps } = loadedMachineCode();
  const action = new Uint8Array(sigaction.size);
  const view = new DataView(action.buffer);
  view.setBigUint64(sigaction.handler, wake, true);
  view.setUint32(sigaction.flags, SA_RESTART | SA_NOCLDSTOP, true);

  const child = new Uint8Array(sigset.size);
  add(child, SIGCHLD);
  const inherited = new Uint8Array(fixedMemory(sigset.size));
  const what = "wait for SIGCHLD";
  check(libc.sigprocmask(SIG_BLOCK, child, inherited), "sigprocmask", what);
  check(libc.sigaction(SIGCHLD, action, null), "sigaction", what);
  const waiting = inherited.slice();
  remove(waiting, SIGCHLD);
  masks = { inherited, waiting };
  return wakeUps;
}

function add(set: Uint8Array, signal: number): void {
  set[(signal - 1) >> 3] |= 1 << ((signal - 1) & 7);
}

function remove(set: Uint8Array, signal: number): void {
  set[(signal - 1) >> 3] &= ~(1 << ((signal - 1) & 7));
}

/** A `sigset_t` for ppoll(2); null leaves the mask as it is. */
export function maskWhileWaiting(): Uint8Array<ArrayBuffer> | null {
  return masks?.waiting ?? null;
}

/** The `sigset_t` that this process was started with, for its children. */
export function inheritedMask(): Uint8Array<ArrayBuffer> {
  return masks?.inherited ?? new Uint8Array(fixedMemory(sigset.size));
}
