import { isChild, killProcess } from "../../ffi/process.ts";
import type { EventLoop } from "../loop/event_loop.ts";
import { children } from "../processes/proc.ts";
import type { Runtime } from "../runtime/calls.ts";
import { type CallContext, deleteArgs, killArgs } from "../runtime/argv.ts";

/** How long the runtime may take to kill or to delete, in milliseconds. */
const CALL_LIMIT = 30_000;
/** How often, and each time how long, to wait for the killed, in ms. */
const KILL_ROUNDS = 20;
const KILL_LIMIT = 500;

/**
 * Has the runtime kill what is left of the container, or delete it. Not for
 * an exec, whose container lives on. That the runtime fails is no reason to
 * stop: the daemon waits for the end.
 */
export function cleanUp(
  action: "kill" | "delete",
  runtime: Runtime,
  context: CallContext,
  warn: (message: string) => void,
): void {
  if (context.state.exec) return;
  const args = action === "kill" ? killArgs(context) : deleteArgs(context);
  try {
    const { ending } = runtime.callForOutput(args, "", CALL_LIMIT);
    if (ending === undefined) {
      warn(
        `The runtime's ${action} did not end within ` +
          `${CALL_LIMIT / 1000} s and was killed`,
      );
    }
  } catch (error) {
    warn((error as Error).message);
  }
}

/**
 * Kills every child, and those that become children when their parents end.
 * Gives up on processes that cannot be killed (in a hanging system call).
 */
export function killChildren(loop: EventLoop): void {
  for (let round = 0; round < KILL_ROUNDS; round++) {
    const left = childrenIfKnown();
    if (left.length === 0) return;
    for (const pid of left) killProcess(pid);
    const gone = () => left.every((pid) => !isChild(pid));
    loop.runUntil(gone, performance.now() + KILL_LIMIT);
  }
}

function childrenIfKnown(): number[] {
  try {
    return children();
  } catch {
    // Without descriptors for /proc. What comes next must be done all the same.
    return [];
  }
}
