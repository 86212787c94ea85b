import { killProcess, kinship } from "../../ffi/process.ts";
import { hasPid, readPid } from "../daemon/state_dir.ts";
import { Allowance, LIMITS } from "../loop/limits.ts";
import { descendants, isBelow } from "../processes/descendants.ts";
import { holds, type Outputs } from "../processes/holders.ts";
import { descriptorsOf, pidNamespaceOf } from "../processes/proc.ts";
import { RuntimeFailure } from "./attempt.ts";
import { cleanUp } from "./cleanup.ts";
import type { Order } from "./order.ts";
import type { Stdio } from "./stdio.ts";

/** So often the killed are looked for again; each time takes a while. */
const ROUNDS = 20;

/**
 * How a failed start ends: what is left of the container is killed, for nobody
 * would watch over it; its last words are delivered; the runtime deletes it.
 *
 * @returns the shim's exit code, if the daemon finds the reason in the
 *   runtime's own log
 * @throws {unknown} the error, if that is for shim-log.json
 */
export function endFailedStart(
  error: unknown,
  order: Order,
  stdio: Stdio,
): number {
  const { loop, runtime, context } = order;
  killContainer(order, stdio);
  loop.runUntil(() => !stdio.undelivered, new Allowance(LIMITS.lastWords));
  if (runtime.called) cleanUp("delete", runtime, context, () => {});
  if (!(error instanceof RuntimeFailure)) throw error;
  order.warn(error.message);
  return 0;
}

/** Gives up on processes that cannot be killed (in a hanging system call). */
function killContainer({ loop }: Order, stdio: Stdio): void {
  for (let round = 0; round < ROUNDS; round++) {
    const left = containersProcesses(stdio);
    if (left.length === 0) return;
    for (const pid of left) killIfOurs(pid);
    const gone = () =>
      left.every((pid) =>
        kinship(pid) === "none" && isBelow(pid, Deno.pid) !== true
      );
    loop.runUntil(gone, new Allowance(LIMITS.killed));
  }
}

/** Looking at all of them takes a while: a number may be another's by now. */
function killIfOurs(pid: number): void {
  if (isBelow(pid, Deno.pid) !== false) killProcess(pid);
}

/**
 * The processes below the shim that belong to the container: init, whoever is
 * in another pid namespace, whoever can write to its outputs. A helper that a
 * hook has left on the host is none of those, and goes on.
 */
function containersProcesses(stdio: Stdio): number[] {
  const init = initIfKnown();
  const below = descendants(Deno.pid);
  if (below === undefined) {
    return init !== undefined && kinship(init) === "living child" ? [init] : [];
  }
  const home = pidNamespaceOf("self");
  const outputs = stdio.outputs;
  return below.filter((pid) =>
    pid === init || isElsewhere(pid, home) || holdsOne(pid, outputs)
  );
}

/** So many descriptors are looked at; streams are among the first. */
const LOOKED_AT = 1_000;

function holdsOne(pid: number, outputs: Outputs): boolean {
  let looked = 0;
  for (const fd of descriptorsOf(pid)) {
    if (holds(pid, fd, outputs)) return true;
    if (++looked === LOOKED_AT) return false;
  }
  return false;
}

function isElsewhere(pid: number, home: string | undefined): boolean {
  const namespace = pidNamespaceOf(pid);
  return home !== undefined && namespace !== undefined && namespace !== home;
}

function initIfKnown(): number | undefined {
  try {
    return hasPid() ? readPid() : undefined;
  } catch {
    // Something else than a pid, which the error is about.
    return undefined;
  }
}
