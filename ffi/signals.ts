import {
  EFD_CLOEXEC,
  EFD_NONBLOCK,
  F_GETFD,
  F_SETFD,
  FD_CLOEXEC,
  O_CLOEXEC,
  SA_NOCLDSTOP,
  SA_RESTART,
  SA_SIGINFO,
  SIG_IGN,
  SIG_UNBLOCK,
  SIGCHLD,
  SIGKILL,
  SIGNAL_MAX,
  SIGSTOP,
  SYS_rt_sigaction,
} from "./constants.ts";
import { check } from "./errno.ts";
import { Fd } from "./fd.ts";
import { kernelSigaction, sigaction, sigset } from "./layout.ts";
import { addressOf, libc } from "./libc.ts";

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

/**
 * Marks descriptors that this process was started with (other than stdio)
 * close-on-exec, so that they do not reach the runtime and the container.
 *
 * @throws {Error} when /proc does not tell which there are
 */
export function sealInheritedFds(): void {
  for (const entry of openFds()) {
    const fd = Number(entry.name);
    if (fd <= 2) continue;
    const flags = libc.fcntl(fd, F_GETFD, 0);
    if (flags === -1 || (flags & FD_CLOEXEC) !== 0) continue;
    libc.fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
}

function openFds(): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync("/proc/self/fd")];
  } catch (error) {
    throw new Error(
      'Cannot list the open descriptors in "/proc/self/fd": ' +
        (error as Error).message,
    );
  }
}

/**
 * Whether the descriptor that `childEvents` needs is in use already. Ask
 * before opening anything else.
 */
export function childEventsTaken(): boolean {
  return libc.fcntl(SIGCHLD, F_GETFD, 0) !== -1;
}

function eventFdForSigchld(): Fd {
  const event = new Fd(
    check(
      libc.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
      "eventfd",
      "create the eventfd for SIGCHLD",
    ),
  );
  if (event.raw === SIGCHLD) return event;
  try {
    return new Fd(
      check(
        libc.dup3(event.raw, SIGCHLD, O_CLOEXEC),
        "dup3",
        "reserve a descriptor for SIGCHLD",
      ),
    );
  } finally {
    event.close();
  }
}

export interface ChildEvents {
  /** Readable when a child has ended; to be read before reaping. */
  fd: Fd;
  /** The signals that this process was started with blocked: a `sigset_t`. */
  blockedBefore: Uint8Array<ArrayBuffer>;
}

/**
 * An eventfd that becomes readable whenever a child has ended, so that one
 * poll(2) waits for children together with everything else.
 *
 * No JavaScript can run in a signal handler, but glibc's
 * `eventfd_write(int fd, eventfd_t value)` can be one: it is a single
 * write(2), and called as a handler its first argument is the signal number.
 * Hence the eventfd is number 17, which is SIGCHLD, and must be free when this
 * is called (`childEventsTaken`). The value added is the
 * address of the siginfo_t; only that it is not zero matters, and a full
 * counter means that the fd is readable anyhow.
 *
 * signalfd(2) would not do: the engine's other threads have SIGCHLD unblocked
 * and would swallow it.
 *
 * @throws {SystemError}
 */
export function childEvents(): ChildEvents {
  const fd = eventFdForSigchld();

  const action = new Uint8Array(sigaction.size);
  const view = new DataView(action.buffer);
  const handler = Deno.UnsafePointer.value(addressOf("eventfd_write"));
  view.setBigUint64(sigaction.handler, handler, true);
  view.setUint32(
    sigaction.flags,
    SA_SIGINFO | SA_RESTART | SA_NOCLDSTOP,
    true,
  );
  check(libc.sigaction(SIGCHLD, action, null), "sigaction", "handle SIGCHLD");

  const set = new Uint8Array(sigset.size);
  set[(SIGCHLD - 1) >> 3] |= 1 << ((SIGCHLD - 1) & 7);
  const blockedBefore = new Uint8Array(sigset.size);
  libc.pthread_sigmask(SIG_UNBLOCK, set, blockedBefore);
  return { fd, blockedBefore };
}
