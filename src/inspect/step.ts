import { basename } from "@std/path/posix/basename";
import type { ChannelFacts, Facts, Holder, LinkFacts } from "./facts.ts";
import { type Action, runtimeAction } from "../runtime/action.ts";

/**
 * Where in its life a shim is, or how that has ended.
 *
 * - `hidden`: no shim was seen, but not all processes may be looked into
 * - `never-started`: the daemon has prepared everything, and nothing followed
 * - `starting`: between two of the steps that follow
 * - `created`: the runtime has done its part, the daemon has not started it
 * - `draining`: the container has ended, others hold its output open
 * - `undelivered`: its output is written, but the daemon has not read it
 * - `refused`: the runtime did not start the container
 * - `failed`: the shim ended with an error, which it wrote into its log
 * - `died`: the shim ended and left neither a status nor a reason
 */
export type Step =
  | { kind: "no-directory" }
  | { kind: "unreadable" }
  | { kind: "not-a-state-directory" }
  | { kind: "hidden" }
  | { kind: "never-started" }
  | { kind: "starting" }
  | { kind: "waiting-for-reader"; channel: "exit" | "stdout" | "stderr" }
  | { kind: "calling-runtime"; action: Action; pid: number }
  | { kind: "created" }
  | { kind: "running" }
  | { kind: "draining"; held: Held[] }
  | { kind: "undelivered"; channels: ChannelFacts[] }
  | { kind: "ending" }
  | { kind: "ended" }
  | { kind: "refused"; reason: string }
  | { kind: "failed"; reason: string }
  | { kind: "died" };

/** A process that keeps outputs of the container open. */
export interface Held {
  pid: number;
  command: string;
  /** `stdout`, `the terminal` … */
  outputs: string[];
}

/** Deduces the step from what can be seen. */
export function deduceStep(facts: Facts): Step {
  return facts.shim === undefined
    ? stepWithoutShim(facts)
    : stepOfShim(facts, facts.shim);
}

function stepWithoutShim(facts: Facts): Step {
  if (facts.directoryIs === "missing") return { kind: "no-directory" };
  if (facts.directoryIs === "unreadable") return { kind: "unreadable" };
  const isThere = facts.request !== undefined ||
    facts.channels.some(({ type }) => type === "FIFO");
  if (!isThere && facts.shimLog.kind === "missing") {
    return { kind: "not-a-state-directory" };
  }
  if (facts.hiddenShims > 0) return { kind: "hidden" };
  if (facts.exitStatus !== undefined && facts.exitStatus !== "") {
    return { kind: "ended" };
  }
  const error = firstError(facts.shimLog);
  if (error !== undefined) return { kind: "failed", reason: error };
  if (facts.shimLog.kind === "missing") return { kind: "never-started" };
  const refusal = refusalIn(facts);
  if (refusal !== undefined && facts.container === undefined) {
    return { kind: "refused", reason: refusal };
  }
  return { kind: "died" };
}

function firstError(log: Facts["shimLog"]): string | undefined {
  return log.kind === "entries" ? log.firstError : undefined;
}

/** The runtime's own reason, or what the shim says about its end. */
function refusalIn({ shimLog, runtimeLog }: Facts): string | undefined {
  const said = shimLog.kind !== "entries"
    ? undefined
    : shimLog.entries.findLast(({ message }) =>
      /^The runtime's (create|start|exec|restore) /.test(message)
    )?.message;
  return said === undefined ? undefined : firstError(runtimeLog) ?? said;
}

function stepOfShim(facts: Facts, shim: NonNullable<Facts["shim"]>): Step {
  const { request, children } = facts;
  const runtimeArgs = request !== undefined && "runtimeArgs" in request
    ? request.runtimeArgs
    : [];
  for (const { argv, pid } of children) {
    const action = runtimeAction(argv, shim.runtime, runtimeArgs);
    if (action !== undefined) return { kind: "calling-runtime", action, pid };
  }
  if (facts.directoryIs === "removed") {
    return children.some(({ state }) => state !== "Z")
      ? { kind: "running" }
      : stepAfterEnd(facts, shim.pid);
  }
  if (facts.exitStatus !== undefined) return stepAfterEnd(facts, shim.pid);
  if (facts.container !== undefined) {
    return isPrepared(facts.container.argv, shim.runtime)
      ? { kind: "created" }
      : { kind: "running" };
  }
  // Its end is known, but the status could not be written.
  if (facts.pid !== undefined) return stepAfterEnd(facts, shim.pid);
  for (const channel of ["exit", "stdout", "stderr"] as const) {
    const fifo = facts.channels.find(({ name }) => name === channel);
    if (fifo?.type === "FIFO" && !isHeldBy(fifo.holders, shim.pid)) {
      return { kind: "waiting-for-reader", channel };
    }
  }
  return { kind: "starting" };
}

/** Until `start` a container is the runtime's own `init`, as runc has it. */
function isPrepared(argv: readonly string[], runtime: string): boolean {
  return argv.length === 2 && argv[1] === "init" &&
    basename(argv[0]) === basename(runtime);
}

function stepAfterEnd(facts: Facts, shim: number): Step {
  const outputs = facts.links.filter(({ name, holders }) =>
    name !== "stdin" && name !== "runtime output" &&
    isHeldBy(holders, shim)
  );
  const held = heldOutputs(outputs, shim);
  if (held.length > 0) return { kind: "draining", held };
  const channels = facts.channels.filter(({ name, holders }) =>
    (name === "stdout" || name === "stderr") && isHeldBy(holders, shim)
  );
  return channels.length > 0
    ? { kind: "undelivered", channels }
    : { kind: "ending" };
}

/** By process, which outputs it can still write to. */
function heldOutputs(links: readonly LinkFacts[], shim: number): Held[] {
  const found = new Map<number, Held>();
  for (const { name, holders } of links) {
    for (const { pid, command, writes } of holders) {
      if (pid === shim || !writes) continue;
      const held = found.get(pid) ?? { pid, command, outputs: [] };
      held.outputs.push(outputName(name));
      found.set(pid, held);
    }
  }
  return [...found.values()];
}

function outputName(name: LinkFacts["name"]): string {
  if (name === "terminal") return "the terminal";
  return name === "unknown" ? "an output" : name;
}

function isHeldBy(holders: readonly Holder[], pid: number): boolean {
  return holders.some((holder) => holder.pid === pid);
}
