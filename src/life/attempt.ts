import { realtimeNanoseconds } from "../../ffi/clock.ts";
import { describeEnding, type Ending } from "../../ffi/process.ts";
import {
  type ConsoleFlag,
  createArgs,
  execArgs,
  restoreArgs,
  restoreStamp,
} from "../runtime/argv.ts";
import type { CallResult } from "../runtime/calls.ts";
import type { Order } from "./order.ts";

/** The runtime was called and said no: its own log tells the daemon why. */
export class RuntimeFailure extends Error {
  override name = "RuntimeFailure";
}

/** The arguments of create, exec or restore, whichever was ordered. */
export function startArguments(
  { context, checkpoint }: Order,
  flag: ConsoleFlag,
): string[] {
  if (context.state.exec) return execArgs(context, flag);
  if (checkpoint === undefined) return createArgs(context, flag);
  const offset = -new Date().getTimezoneOffset();
  const stamp = restoreStamp(realtimeNanoseconds(), offset);
  return restoreArgs(context, checkpoint, stamp);
}

export function succeeded(ending: Ending | undefined): boolean {
  return ending?.kind === "exited" && ending.code === 0;
}

/** @throws {RuntimeFailure} */
export function expectSuccess(order: Order, result: CallResult): void {
  if (!succeeded(result.ending)) throw failure(order, result);
}

function failure({ context, forced }: Order, { ending, output }: CallResult) {
  const { exec, checkpoint } = context.state;
  const action = exec ? "exec" : checkpoint === "" ? context.calls : "restore";
  const said = output.trim();
  return new RuntimeFailure(
    `The runtime's ${action} ` +
      (ending === undefined ? "took too long" : describeEnding(ending)) +
      (said === "" ? "" : `: ${said}`) +
      (forced === undefined ? "" : ` (${forced} is set: is it that Docker?)`),
  );
}
