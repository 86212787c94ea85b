import type { Stdio } from "../streams/stdio.ts";

/** A process that keeps an output of the container open. */
export interface Holder {
  pid: number;
  /** Its command line, shortened. */
  command: string;
}

/**
 * In words, why the output of a container that has ended is not at its end:
 * the daemon does not read it, or a process still holds it open.
 */
export function explainDrain(stdio: Stdio): string {
  if (stdio.waiting || stdio.drained) {
    return "its output waits for the daemon, which does not read it";
  }
  const holders = tryToFindHolders(stdio);
  if (holders.length === 0) {
    return "its output is held open by a process that cannot be seen";
  }
  const names = holders.slice(0, 5).map(({ pid, command }) =>
    `process ${pid} (${command})`
  );
  if (holders.length > 5) names.push(`${holders.length - 5} more`);
  return `its output is held open by ${names.join(", ")}`;
}

function tryToFindHolders(stdio: Stdio): Holder[] {
  try {
    return findHolders(stdio.outputMatcher());
  } catch {
    // It is only for the log.
    return [];
  }
}

/**
 * The processes, other than this one, that have a file open for writing.
 *
 * Looks through /proc (proc_pid_fd(5)), so it is for rare occasions. What
 * cannot be read, because a process is just ending, is passed over.
 *
 * @param isHeld tells by the path of an open descriptor below /proc and what
 *   it links to. Other people's files are not touched: one on a dead network
 *   mount would never answer.
 */
export function findHolders(
  isHeld: (descriptor: string, target: string) => boolean,
): Holder[] {
  const holders: Holder[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === Deno.pid) continue;
    if (holds(pid, isHeld)) holders.push({ pid, command: commandOf(pid) });
  }
  return holders;
}

function holds(
  pid: number,
  isHeld: (descriptor: string, target: string) => boolean,
): boolean {
  try {
    for (const { name } of Deno.readDirSync(`/proc/${pid}/fd`)) {
      try {
        const descriptor = `/proc/${pid}/fd/${name}`;
        if (!isHeld(descriptor, Deno.readLinkSync(descriptor))) continue;
        const info = Deno.readTextFileSync(`/proc/${pid}/fdinfo/${name}`);
        // The access mode is the last octal digit: 1 and 2 can write.
        if (!/^flags:\s*[0-7]*[04]$/m.test(info)) return true;
      } catch {
        // Closed meanwhile.
      }
    }
  } catch {
    // Ended meanwhile.
  }
  return false;
}

function commandOf(pid: number): string {
  const command = read(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim() ||
    read(`/proc/${pid}/comm`).trim();
  return command.length > 60 ? `${command.slice(0, 60)}…` : command;
}

function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
