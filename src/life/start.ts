import { FIRST_GENERATION, type Generation } from "../daemon/generation.ts";
import { hasPid } from "../daemon/state_dir.ts";
import { pidNamespaceOf } from "../processes/proc.ts";
import type { Child } from "../processes/reaper.ts";
import type { CallResult } from "../runtime/calls.ts";
import type { Pipes } from "../streams/pipes.ts";
import { expectSuccess, startArguments, succeeded } from "./attempt.ts";
import { refusesCreate } from "./docker_1_11.ts";
import { awaitInit } from "./init.ts";
import { guarded, type Order } from "./order.ts";
import type { Stdio } from "./stdio.ts";
import { startWithTerminal } from "./terminal_start.ts";

/** A container process that has been started. */
export interface Started {
  init: Child;
  /**
   * Its pid namespace, if it has another than this process. One that ends at
   * once may have taken that with it.
   */
  namespace: string | undefined;
  /** What the runtime has turned out to be of. */
  generation: Generation;
}

/**
 * Calls the runtime's create, exec or restore.
 *
 * @param generation as it is set, or taken for granted
 * @throws {RuntimeFailure} when the runtime ends with anything but success
 * @throws {Error} when it cannot be started, or what it has started cannot be
 *   watched over
 */
export function startContainer(
  order: Order,
  stdio: Stdio,
  generation: Generation,
): Started {
  order.reaper.rememberStrangers();
  let result = call(order, stdio);
  if (order.context.calls === "create" && knowsNoCreate(order, result, stdio)) {
    if (stdio.kind === "pipes") stdio.letGo("drop");
    order.context.calls = "start";
    generation = FIRST_GENERATION;
    result = call(order, stdio);
  }
  guarded("deliver", order, () => {
    if (stdio.kind === "pipes") stdio.letGo("deliver");
  });
  expectSuccess(order, result);
  // There is a container. From here on nothing but its having no init that
  // could be watched over is a failed start.
  guarded("started", order, () => {
    stdio.started();
  });
  const init = awaitInit(order, result.pid);
  order.reaper.forgetStrangers();
  return { init, namespace: namespaceOf(init), generation };
}

function namespaceOf({ pid, ending }: Child): string | undefined {
  // Of a process that has ended the number may be another's.
  const namespace = ending === undefined ? pidNamespaceOf(pid) : undefined;
  return namespace === pidNamespaceOf("self") ? undefined : namespace;
}

function call(order: Order, stdio: Stdio): CallResult {
  if (stdio.kind === "pipes") return callWithPipes(order, stdio);
  const { state } = order.context;
  if (order.checkpoint === undefined || state.exec) {
    return startWithTerminal(order, stdio);
  }
  order.warn(
    "A restored container gets no terminal: the restore of process.json's " +
      '"checkpoint" has no console to hand over',
  );
  return order.runtime.callForOutput(
    startArguments(order, { kind: "none" }),
    order.context.bundle,
  );
}

function callWithPipes(order: Order, stdio: Pipes): CallResult {
  return order.runtime.call(
    startArguments(order, { kind: "none" }),
    order.context.bundle,
    stdio.runtimeEnds,
  );
}

/** The runtime of Docker 1.11: all is well, it says, and has done nothing. */
function knowsNoCreate(
  { loop }: Order,
  { ending, output }: CallResult,
  stdio: Stdio,
): boolean {
  if (!succeeded(ending) || hasPid()) return false;
  // Its last words may have come in the turn in which it was reaped.
  loop.turn(0);
  if (stdio.kind === "terminal") return refusesCreate(output);
  return refusesCreate(new TextDecoder().decode(stdio.heldBack));
}
