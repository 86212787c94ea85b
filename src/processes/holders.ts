import { walkDescendants } from "./descendants.ts";
import {
  accessOf,
  descriptorsOf,
  openFileOf,
  pidNamespaceOf,
  proc,
  statOf,
} from "./proc.ts";

/** How outputs of a container are recognised in the hands of a process. */
export interface Outputs {
  /** What links of /proc/PID/fd say of pipes, as `pipe:[1234]`. */
  pipes: readonly string[];
  /** The N of a terminal's /dev/pts/N. */
  terminal: number | undefined;
}

/** A process that can still write to an output of the container. */
export interface Holder {
  pid: number;
  /** Its name, of at most 15 characters, as it likes to be called. */
  name: string;
}

/**
 * Looks for the processes that hold outputs of a container open, a little at
 * a time: between two of its steps anything else can be done, and it can be
 * given up at any of them. Descendants of this process come first, then others
 * of the container (what an exec has left behind is a child of the container's
 * init); where one of them holds an output, nobody else is asked.
 *
 * @param found filled in on the way
 * @param namespace the container's own pid namespace, if it has one
 */
export function* searchHolders(
  outputs: Outputs,
  found: Holder[],
  namespace?: string,
): Generator<void, void> {
  const asked = new Set([Deno.pid]);
  for (const pid of walkDescendants(Deno.pid)) {
    yield;
    if (pid === undefined) continue;
    asked.add(pid);
    // The name of a terminal says who has it only within a container.
    yield* ask(pid, outputs, found);
  }
  if (found.length > 0) return;
  for (const pid of namespace === undefined ? [] : proc.numbersIn("/proc")) {
    yield;
    if (asked.has(pid) || pidNamespaceOf(pid) !== namespace) continue;
    asked.add(pid);
    yield* ask(pid, outputs, found);
  }
  if (found.length > 0 || outputs.pipes.length === 0) return;
  const pipes: Outputs = { ...outputs, terminal: undefined };
  for (const pid of proc.numbersIn("/proc")) {
    yield;
    if (!asked.has(pid)) yield* ask(pid, pipes, found);
  }
}

function* ask(
  pid: number,
  outputs: Outputs,
  found: Holder[],
): Generator<void, void> {
  for (const fd of descriptorsOf(pid)) {
    yield;
    if (!holds(pid, fd, outputs)) continue;
    found.push({ pid, name: statOf(pid)?.name ?? "?" });
    return;
  }
}

/** Whether a process has an output as this descriptor, and can write to it. */
export function holds(pid: number, fd: number, outputs: Outputs): boolean {
  const file = openFileOf(pid, fd);
  if (file === undefined) return false;
  const isOutput = outputs.pipes.includes(file) ||
    outputs.terminal !== undefined && isSlave(file, outputs.terminal);
  return isOutput && accessOf(pid, fd)?.writes === true;
}

/**
 * Whether an open file may be the slave of a terminal, by its name: within the
 * container that has the terminal. Its /dev/console is the same one.
 */
export function isSlave(file: string, terminal: number): boolean {
  return file === `/dev/pts/${terminal}` || file === `/${terminal}` ||
    file === "/dev/console";
}
