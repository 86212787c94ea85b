import { join } from "@std/path/posix/join";
import type { ProcessState } from "../daemon/process_state.ts";
import { CONTROL_FIFO, EXIT_FIFO } from "../daemon/state_dir.ts";
import { isSlave } from "../processes/holders.ts";
import { isBelow } from "../processes/descendants.ts";
import {
  accessOf,
  descriptorsOf,
  openFileOf,
  type Proc,
} from "../processes/proc.ts";
import { lastName } from "../processes/proc_text.ts";
import type {
  ChannelFacts,
  Facts,
  Holder,
  LinkFacts,
  ProcessFacts,
} from "./facts.ts";
import type { Machine } from "./files.ts";
import { findHolders, type Wanted } from "./holders.ts";
import { nameLinks } from "./links.ts";
import { isOfThisHost } from "./process_facts.ts";
import { resolved } from "./shim.ts";

/**
 * The FIFOs of a state directory, without their holders.
 *
 * @param state process.json, which names three of them
 */
export function channelsOf(
  directory: string,
  state: ProcessState | Error | undefined,
  from: Machine,
): ChannelFacts[] {
  const paths: [ChannelFacts["name"], string][] = [
    [EXIT_FIFO, EXIT_FIFO],
    [CONTROL_FIFO, CONTROL_FIFO],
  ];
  if (state !== undefined && !(state instanceof Error)) {
    paths.push(["stdin", state.stdin], ["stdout", state.stdout]);
    // A terminal has no stderr of its own.
    if (!state.terminal) paths.push(["stderr", state.stderr]);
  }
  return paths.map(([name, relative]) => {
    const path = relative.startsWith("/")
      ? relative
      : join(directory, relative);
    return { name, path, type: typeOf(path, from), holders: [] };
  });
}

function typeOf(path: string, from: Machine): ChannelFacts["type"] {
  // process.json may name what can be no path.
  if (path.includes("\0") || from.identifyName(path) === undefined) {
    return "missing";
  }
  return from.identify(path)?.kind === "FIFO" ? "FIFO" : "not a FIFO";
}

/**
 * Finds the pipes or the terminal between shim and container, and fills in the
 * holders of the channels: all in one look at the processes.
 *
 * @returns also how many processes could not be asked
 */
export function findLinks(
  channels: readonly ChannelFacts[],
  shim: Facts["shim"],
  container: ProcessFacts | undefined,
  call: ProcessFacts | undefined,
  from: Proc,
): { links: LinkFacts[]; hidden: number } {
  const wanted: Wanted[] = channels.map((it) => channelWanted(it, from));
  if (shim === undefined) {
    return { links: [], hidden: findHolders(wanted, from) };
  }
  const pipes = pipesOf(shim.pid, from);
  const terminal = terminalOf(shim.pid, from);
  const slave: Wanted = {
    matches: (file, pid) =>
      terminal !== undefined && isSlave(file, terminal.index) &&
      isBelow(pid, shim.pid, from) === true,
    holders: [],
  };
  wanted.push(slave, ...pipes);
  const hidden = findHolders(wanted, from);
  const links = nameLinks(pipes, {
    shim: shim.pid,
    parent: shim.parent,
    container: container?.pid ?? 0,
    call: call?.pid ?? 0,
  });
  if (terminal !== undefined) {
    const object = `/dev/pts/${terminal.index}`;
    const holders = [masterHolder(shim, terminal.fd), ...slave.holders];
    links.push({ name: "terminal", object, holders });
  }
  return { links, hidden };
}

/** The shim has the other side of the terminal. */
function masterHolder({ pid, command }: ProcessFacts, fd: number): Holder {
  const access = { reads: true, writes: true, blockedByPipe: false };
  return { pid, command, fds: [fd], ...access };
}

/** A name that is gone still shows in the links of those who have it open. */
function channelWanted({ path, holders }: ChannelFacts, from: Proc): Wanted {
  const name = resolved(path, from);
  return {
    matches: (file, pid) =>
      (file === name || file === `${name} (deleted)`) &&
      isOfThisHost(pid, from),
    holders,
  };
}

function pipesOf(shim: number, from: Proc) {
  const objects = new Set<string>();
  for (const fd of descriptorsOf(shim, from)) {
    const file = openFileOf(shim, fd, from);
    if (file?.startsWith("pipe:[")) objects.add(file);
  }
  return [...objects].map((object) => ({
    object,
    matches: (file: string) => file === object,
    holders: [],
  }));
}

/** The terminal whose master a process holds, and the N of /dev/pts/N. */
function terminalOf(
  shim: number,
  from: Proc,
): { fd: number; index: number } | undefined {
  for (const fd of descriptorsOf(shim, from)) {
    const file = openFileOf(shim, fd, from);
    if (file === undefined || lastName(file) !== "ptmx") continue;
    const index = accessOf(shim, fd, from)?.terminal;
    if (index !== undefined) return { fd, index };
  }
  return undefined;
}
