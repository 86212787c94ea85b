import { O_NOFOLLOW, O_NONBLOCK, O_WRONLY } from "../ffi/constants.ts";
import { locateErrno } from "../ffi/errno.ts";
import { open } from "../ffi/fd.ts";
import {
  becomeSubreaper,
  hideFromOthers,
  replaceProcess,
} from "../ffi/process.ts";
import {
  type ChildEvents,
  childEvents,
  childEventsTaken,
  ignoreSignals,
  sealInheritedFds,
} from "../ffi/signals.ts";
import { Log } from "./daemon/log.ts";
import { type Order, runShim } from "./shim.ts";
import { EXIT_FIFO } from "./daemon/state_dir.ts";

/** Upstream's exit codes, which the daemon tells apart. */
const FAILED = 1;
const NO_LOG = 2;

/**
 * Runs the shim in the current directory and accounts for its failure.
 *
 * @returns the exit code
 */
export async function runAsShim(order: Order): Promise<number> {
  let children: ChildEvents | undefined;
  let failure: unknown;
  try {
    children = takeResponsibility();
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
    if (children === undefined) throw failure;
    return await runShim(order, children, log, owned);
  } catch (error) {
    log.error(reasonOf(error));
    if (children === undefined) showExitEvent();
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
    open(EXIT_FIFO, O_WRONLY | O_NONBLOCK | O_NOFOLLOW, "FIFO").close();
  } catch {
    // Nobody waits, or there is no descriptor left.
  }
}

/**
 * Too few arguments. A daemon (we are in its state directory) finds that in
 * the log as any other failure; a person has been told by the usage.
 */
export async function runIncomplete(given: string[]): Promise<number> {
  const [id = "", bundle = ""] = given;
  return existsHere(EXIT_FIFO)
    ? await runAsShim({ id, bundle, runtime: "" })
    : FAILED;
}

function existsHere(name: string): boolean {
  try {
    Deno.lstatSync(name);
    return true;
  } catch {
    return false;
  }
}

/** Marks the environment of a program that has been started again. */
const AGAIN = "DOCKER_CONTAINERD_SHIM_STARTED_AGAIN";

/**
 * Becomes what a container can depend on, before anything is opened or
 * started: deaf to signals, the parent of every orphan, and told of the end
 * of every child.
 *
 * @throws {SystemError}
 */
function takeResponsibility(): ChildEvents {
  // The engine's own copies of these two are of no use here.
  Deno.stdin.close();
  Deno.stdout.close();
  locateErrno();
  becomeSubreaper();
  hideFromOthers();
  ignoreSignals();
  const again = Deno.env.get(AGAIN) !== undefined;
  if (again) Deno.env.delete(AGAIN);
  // Whatever the daemon has open is no business of the runtime.
  sealInheritedFds();
  if (childEventsTaken()) {
    // Inherited fds have moved those of the engine to where SIGCHLD needs its
    // own. A fresh start is without them.
    if (again) throw new Error("The descriptor for SIGCHLD is in use");
    Deno.env.set(AGAIN, "1");
    startAgain();
  }
  return childEvents();
}

/** Executes this program once more, with the same arguments. */
function startAgain(): never {
  const argv = Deno.readTextFileSync("/proc/self/cmdline").split("\0");
  replaceProcess(Deno.execPath(), argv.slice(0, -1));
}
