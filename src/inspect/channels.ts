import { basename } from "@std/path/posix/basename";
import { join } from "@std/path/posix/join";
import type {
  ChannelFacts,
  Facts,
  Holder,
  LinkFacts,
  ProcessFacts,
} from "./facts.ts";
import { findHolders, type Wanted } from "./holders.ts";
import { nameLinks } from "./links.ts";
import { linkAt, lstatAt, openFiles, statAt } from "./look.ts";
import { lastName } from "./proc.ts";
import { canBeSlave, isSlave, terminalOf } from "./terminal.ts";
import type { ProcessState } from "../daemon/process_state.ts";
import { CONTROL_FIFO, EXIT_FIFO } from "../daemon/state_dir.ts";

/**
 * The FIFOs of a state directory, without their holders.
 *
 * @param state process.json, which names three of them
 */
export function channelsOf(
  directory: string,
  state: ProcessState | Error | undefined,
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
    const info = lstatAt(path);
    const type = info.kind !== "seen"
      ? "missing"
      : info.value.isFifo || statAt(path)?.isFifo
      ? "FIFO"
      : "not a FIFO";
    return { name, path, type, holders: [] };
  });
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
): { links: LinkFacts[]; hidden: number } {
  const wanted: Wanted[] = channels.map(channelWanted);
  if (shim === undefined) return { links: [], hidden: findHolders(wanted) };

  const open = openFiles(shim.pid);
  const fds = open.kind === "seen" ? open.value : [];
  const pipes = pipesOf(shim.pid, fds);
  const terminal = terminalOf(shim.pid, fds);
  const slave: Wanted = {
    matches: (link) => terminal !== undefined && canBeSlave(terminal, link),
    confirms: (path) => terminal !== undefined && isSlave(terminal, path),
    holders: [],
  };
  wanted.push(slave, ...pipes);
  const hidden = findHolders(wanted);
  const links = nameLinks(pipes, {
    shim: shim.pid,
    parent: shim.parent,
    container: container?.pid ?? 0,
    call: call?.pid ?? 0,
  });
  if (terminal !== undefined) {
    const object = `/dev/pts/${terminal.index}`;
    const users = slave.holders.filter(({ pid }) => pid !== shim.pid);
    const holders = [masterHolder(shim, terminal.fd), ...users];
    links.push({ name: "terminal", object, holders });
  }
  return { links, hidden };
}

/** The shim has the other side of the terminal. */
function masterHolder({ pid, command }: ProcessFacts, fd: number): Holder {
  const access = { reads: true, writes: true, blockedByPipe: false };
  return { pid, command, fds: [fd], ...access };
}

function channelWanted({ path, holders }: ChannelFacts): Wanted {
  const info = statAt(path);
  const name = basename(path);
  return {
    // A name that is gone still shows in the links of those who have it open.
    matches: info?.isFifo
      ? (link) => lastName(link) === name
      : (link) => info === undefined && link === `${path} (deleted)`,
    confirms: info === undefined ? undefined : (file) => {
      const open = statAt(file);
      return open?.ino === info.ino && open?.dev === info.dev;
    },
    holders,
  };
}

function pipesOf(shim: number, fds: readonly number[]) {
  const objects = new Set<string>();
  for (const fd of fds) {
    const link = linkAt(`/proc/${shim}/fd/${fd}`);
    if (link.kind === "seen" && link.value.startsWith("pipe:[")) {
      objects.add(link.value);
    }
  }
  return [...objects].map((object) => ({
    object,
    matches: (link: string) => link === object,
    holders: [],
  }));
}
