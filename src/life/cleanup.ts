import { LIMITS } from "../loop/limits.ts";
import { type CallContext, deleteArgs, killArgs } from "../runtime/argv.ts";
import type { Runtime } from "../runtime/calls.ts";

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
    const { ending, undead } = runtime.callForOutput(args, "", LIMITS.cleanUp);
    if (ending === undefined) {
      warn(
        `The runtime's ${action} did not end within ` +
          `${LIMITS.cleanUp / 1000} s and was killed` +
          (undead ? ", which has not ended it either" : ""),
      );
    }
  } catch (error) {
    warn((error as Error).message);
  }
}
