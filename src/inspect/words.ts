import { list } from "../words/printable.ts";
import type { ChannelFacts, Facts, Holder } from "./facts.ts";
import { STATES } from "../processes/proc_text.ts";
import type { Held, Step } from "./step.ts";

/** In plain words, where the shim is and what it waits for. */
export function explain(facts: Facts, step: Step): string {
  const what = nounOf(facts);
  const status = facts.exitStatus || "not recorded";
  switch (step.kind) {
    case "no-directory":
      return `There is no directory "${facts.directory}". The daemon removes ` +
        "a state directory when the process in it has ended.";
    case "unreadable":
      return `The directory "${facts.directory}" may not be read by this ` +
        "user: try again as root.";
    case "not-a-state-directory":
      return `"${facts.directory}" is no state directory: expected ` +
        "process.json and the FIFOs exit and control." +
        (facts.suggestion === undefined
          ? ""
          : ` Perhaps you mean "${facts.suggestion}".`);
    case "hidden":
      return "No shim was seen, but it may be one of the " +
        `${facts.hiddenShims} that this user may not look into: try again ` +
        "as root.";
    case "never-started":
      return "No shim has ever started here: the daemon has prepared the " +
        "directory, but there is no shim-log.json.";
    case "starting":
      return "The shim is starting.";
    case "waiting-for-reader":
      return `The shim waits for the daemon: nobody has opened ` +
        `${step.channel} for reading yet. It waits 15 s at most.`;
    case "calling-runtime":
      return calling(facts, step, what);
    case "created":
      return `${what} is created and waits for the daemon, which has not ` +
        "started it yet.";
    case "running":
      return `${what} runs; the shim waits for its end.`;
    case "draining":
      return `${what} has ended (exit status ${status}). The shim waits ` +
        `because ${heldWords(step.held)}.`;
    case "undelivered":
      return `${what} has ended (exit status ${status}). The shim waits ` +
        `until its output is read: ${readersOf(step.channels, facts)}.`;
    case "ending":
      return `${what} has ended (exit status ${status}); the shim is about ` +
        "to end.";
    case "ended":
      return `${what} has ended (exit status ${status}) and so has its shim.`;
    case "refused":
      return "The shim has ended, because the runtime did not start the " +
        `${what === "The process" ? "process" : "container"}: ${step.reason}`;
    case "failed":
      return `The shim has ended with an error: ${step.reason}`;
    case "died":
      return "The shim has died without a report: no exit status, no error " +
        "in its log. It was killed, or the machine has been restarted." +
        (facts.container === undefined
          ? ""
          : ` ${what} (process ${facts.container.pid}) still runs, and ` +
            "nobody will record its exit status.");
    default:
      return step satisfies never;
  }
}

/** A state directory is that of a container, or of an exec in one. */
function nounOf({ request }: Facts): "The container" | "The process" {
  return request !== undefined && "exec" in request && request.exec
    ? "The process"
    : "The container";
}

function calling(
  facts: Facts,
  step: Step & { kind: "calling-runtime" },
  what: string,
): string {
  const call = `the runtime's ${step.action} (process ${step.pid})`;
  if (step.action !== "kill" && step.action !== "delete") {
    return `The shim waits for ${call}, for as long as that takes.`;
  }
  const before = facts.exitStatus === undefined
    ? "The start has failed"
    : `${what} has ended (exit status ${facts.exitStatus})`;
  return `${before}. The shim waits for ${call}, 30 s at most.`;
}

function processWords({ pid, command }: { pid: number; command: string }) {
  const short = command.length > 60 ? `${command.slice(0, 60)}…` : command;
  return `process ${pid} (${short})`;
}

/** How many processes are named in a sentence. */
const NAMED = 5;

function heldWords(held: readonly Held[]): string {
  const names = held.slice(0, NAMED).map((holder) =>
    `${processWords(holder)} holds ${list(holder.outputs)} open`
  );
  if (held.length > NAMED) {
    names.push(`${held.length - NAMED} more hold it open`);
  }
  return list(names);
}

function readersOf(channels: readonly ChannelFacts[], facts: Facts): string {
  const names = new Map<string, string[]>();
  for (const { name, holders } of channels) {
    const readers = others(holders, facts).filter(({ reads }) => reads);
    const who = readers.length === 0
      ? "nobody"
      : list(readers.map(processWords));
    names.set(who, [...names.get(who) ?? [], name]);
  }
  return list(
    [...names].map(([who, streams]) =>
      `${who} has ${list(streams)} open for reading` +
      (who === "nobody" ? "" : ", but does not read everything")
    ),
  );
}

function others(holders: readonly Holder[], { shim }: Facts): Holder[] {
  return holders.filter(({ pid }) => pid !== shim?.pid);
}

/** What else is remarkable, a sentence each. */
export function remarks(facts: Facts, step: Step): string[] {
  return [
    ...ofShim(facts),
    ...ofDaemon(facts, step),
    ...ofInit(facts, step),
    ...ofContainer(facts),
    ...ofSight(facts, step),
  ];
}

function ofShim({ shim, children, directoryIs }: Facts): string[] {
  const words: string[] = [];
  if (directoryIs === "removed") {
    words.push("The state directory has been removed; the shim still lives.");
  }
  if (shim !== undefined && /[TtZ]/.test(shim.state)) {
    words.push(`The shim does nothing: it is ${STATES[shim.state]}.`);
  }
  const dead = children.filter(({ state }) => state === "Z");
  if (dead.length > 0) {
    const pids = list(dead.map(({ pid }) => String(pid)));
    words.push(`The shim has not reaped its dead children yet: ${pids}.`);
  }
  return words;
}

function ofDaemon(facts: Facts, step: Step): string[] {
  const { shim, channels } = facts;
  if (shim === undefined) return [];
  const unread = (name: ChannelFacts["name"]) =>
    channels.some((channel) =>
      channel.name === name && channel.type === "FIFO" &&
      channel.holders.some(({ pid }) => pid === shim.pid) &&
      !others(channel.holders, facts).some(({ reads }) => reads)
    );
  const words: string[] = [];
  if (unread("exit")) {
    words.push(
      "No daemon listens: nobody has exit open for reading. The shim goes " +
        "on, and a daemon that comes back finds it.",
    );
  }
  const streams = (["stdout", "stderr"] as const).filter(unread);
  if (streams.length > 0 && step.kind !== "undelivered") {
    words.push(
      `Nobody but the shim has ${list(streams)} open for reading: a ` +
        "container that writes much will have to wait.",
    );
  }
  return words;
}

/** An init that has, for now, another parent below the shim. */
function ofInit(facts: Facts, step: Step): string[] {
  const { shim, container, children } = facts;
  if (shim === undefined || container === undefined) return [];
  const { parent } = container;
  // A call of the runtime is on its way to end.
  if (parent === shim.pid || step.kind === "calling-runtime") return [];
  const known = children.find(({ pid }) => pid === parent);
  const who = known === undefined ? `process ${parent}` : processWords(known);
  return [
    `${nounOf(facts)} is not the shim's child yet, but that of ${who}: only ` +
    "when that has ended can the shim see how it ends.",
  ];
}

function ofContainer(facts: Facts): string[] {
  const blocked = facts.links.flatMap(({ name, holders }) =>
    name === "stdin" ? [] : others(holders, facts)
      .filter(({ blockedByPipe, writes }) => blockedByPipe && writes)
  );
  const pids = [...new Set(blocked.map(processWords))];
  if (pids.length === 0) return [];
  const who = list(pids);
  return [
    `${who[0].toUpperCase()}${
      who.slice(1)
    } stands still, because the pipe that it writes to is full: ` +
    "the daemon does not read the output fast enough, or not at all.",
  ];
}

/** Whether the shim has said so itself. */
function isReason(step: Step, { error }: { error: string }): boolean {
  return step.kind === "failed" && step.reason === error;
}

function ofSight(facts: Facts, step: Step): string[] {
  const words: string[] = [];
  const { request, hidden, asRoot } = facts;
  if (request !== undefined && "error" in request && !isReason(step, request)) {
    words.push(`${request.error}.`);
  }
  const isStateDirectory = facts.directoryIs === "there" &&
    step.kind !== "not-a-state-directory";
  for (const { name, path, type } of facts.channels) {
    if (type === "missing" && isStateDirectory) {
      words.push(`${name} is missing: there is no "${path}".`);
    }
  }
  if (hidden > 0) {
    words.push(
      `${hidden === 1 ? "One process" : `${hidden} processes`} may not be ` +
        "looked into; what is held open there does not show." +
        (asRoot ? "" : " Try again as root."),
    );
  }
  return words;
}
