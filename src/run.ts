import { locateErrno } from "../ffi/errno.ts";
import { type Fd, open } from "../ffi/fd.ts";
import { expectAllSymbols } from "../ffi/libc.ts";
import { identify } from "../ffi/path.ts";
import { becomeSubreaper, hideFromOthers } from "../ffi/process.ts";
import {
  ignoreSignals,
  listenForChildren,
  sealInheritedFds,
} from "../ffi/signals.ts";
import { Log } from "./daemon/log.ts";
import { EXIT_FIFO } from "./daemon/state_dir.ts";
import { type CommandLine, runShim } from "./shim.ts";

/** Upstream's exit codes, which the daemon tells apart. */
const FAILED = 1;
const NO_LOG = 2;

/**
 * Runs the shim in the current directory and accounts for its failure.
 *
 * @returns the exit code
 */
export function runAsShim(told: CommandLine): number {
  let wakeUps: Fd | undefined;
  let failure: unknown;
  try {
    wakeUps = takeResponsibility();
  } catch (error) {
    failure = error;
  }
  let log: Log;
  try {
    log = new Log();
  } catch (error) {
    console.error(`docker-containerd-shim: ${(error as Error).message}`);
    return NO_LOG;
  }
  // Let go of last: whoever sees `exit` close finds the reason in the log.
  using owned = new DisposableStack();
  try {
    if (wakeUps === undefined) throw failure;
    return runShim(told, wakeUps, log, owned);
  } catch (error) {
    log.error(reasonOf(error));
    // For the case that it is not open: there may be no descriptor left.
    wakeUps?.close();
    showExitEvent();
    return FAILED;
  }
}

/** What went wrong first, if closing something failed after it. */
function reasonOf(error: unknown): string {
  if (error instanceof SuppressedError) return reasonOf(error.suppressed);
  return error instanceof Error ? error.message : String(error);
}

/** A daemon that waits for the close of `exit` gets it, whatever failed. */
function showExitEvent(): void {
  try {
    open(EXIT_FIFO, ["write", "nonblocking", "no link"], "FIFO").close();
  } catch {
    // Nobody waits, or there is no descriptor left.
  }
}

/**
 * Too few arguments. A daemon (we are in its state directory) finds that in
 * the log as any other failure; a person has been told by the usage.
 */
export function runIncomplete(given: string[]): number {
  const [id = "", bundle = ""] = given;
  return identify(EXIT_FIFO) === undefined
    ? FAILED
    : runAsShim({ id, bundle, runtime: "" });
}

/**
 * Becomes what a container can depend on, before anything is opened or
 * started: deaf to signals, the parent of every orphan, and told of the end
 * of every child.
 *
 * @returns what ends a wait when a child has ended
 * @throws {SystemError}
 */
function takeResponsibility(): Fd {
  // Some engines have copies of these two, which are of no use here.
  Deno.stdin.close();
  Deno.stdout.close();
  expectAllSymbols();
  locateErrno();
  becomeSubreaper();
  hideFromOthers();
  ignoreSignals();
  const wakeUps = listenForChildren();
  // Whatever the daemon has open is no business of the runtime.
  sealInheritedFds();
  return wakeUps;
}
