import {
  P_PID,
  PR_SET_CHILD_SUBREAPER,
  PR_SET_DUMPABLE,
  SIGKILL,
  WEXITED,
  WNOHANG,
  WNOWAIT,
} from "./constants.ts";
import { check, errno, errnoOf, SystemError } from "./errno.ts";
import { siginfo } from "./layout.ts";
import { libc } from "./libc.ts";

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
      if (code === errnoOf("ECHILD")) return undefined;
      // Nothing else is documented. Were it so: no ending may be missed.
      if (code === errnoOf("EINTR") || attempt < 10) continue;
      throw new SystemError(code, "waitpid", "reap children");
    }
    const ending = decodeWaitStatus(waitStatus[0]);
    if (ending !== undefined) return { pid, ending };
  }
}

/**
 * What a process is to this one (waitid(2) with WNOWAIT): a child is one until
 * it is reaped, but lives only as long as it has not ended.
 */
export function kinship(pid: number): "none" | "living child" | "ended child" {
  const options = WEXITED | WNOHANG | WNOWAIT;
  const info = new Uint8Array(siginfo.size);
  if (libc.waitid(P_PID, pid, info, options) !== 0) return "none";
  const ended = new DataView(info.buffer).getInt32(siginfo.pid, true) !== 0;
  return ended ? "ended child" : "living child";
}

/** Sends SIGKILL; a process that is already gone is no error. */
export function killProcess(pid: number): void {
  libc.kill(pid, SIGKILL);
}

/** Ends this process at once: no handlers run, the kernel closes all fds. */
export function exitNow(status: number): never {
  libc._exit(status);
  throw new Error("unreachable: _exit(2) has returned");
}
