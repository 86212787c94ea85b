import type { Holder } from "./facts.ts";
import { linkAt, openFiles, processes, procText } from "./look.ts";
import {
  parseCmdline,
  parseFdinfo,
  parseStat,
  writesToFullPipe,
} from "./proc.ts";

/** A file whose holders are to be found. */
export interface Wanted {
  /** Whether a link of /proc/<pid>/fd can be this file. */
  matches: (link: string) => boolean;
  /** Whether it is, where the link alone does not tell. */
  confirms?: (path: string) => boolean;
  /** Filled in by `findHolders`. */
  holders: Holder[];
}

/**
 * Finds who has which of the files open, in one look at all processes.
 *
 * @returns how many processes could not be asked
 */
export function findHolders(wanted: readonly Wanted[]): number {
  let hidden = 0;
  for (const pid of processes()) {
    const fds = openFiles(pid);
    if (fds.kind === "denied") hidden++;
    if (fds.kind !== "seen") continue;
    for (const fd of fds.value) {
      const path = `/proc/${pid}/fd/${fd}`;
      const link = linkAt(path);
      if (link.kind !== "seen") continue;
      for (const file of wanted) {
        if (!file.matches(link.value)) continue;
        if (file.confirms?.(path) ?? true) note(file.holders, pid, fd);
      }
    }
  }
  return hidden;
}

function note(holders: Holder[], pid: number, fd: number): void {
  const info = parseFdinfo(procText(`/proc/${pid}/fdinfo/${fd}`));
  if (info === undefined) return;
  let holder = holders.find((known) => known.pid === pid);
  if (holder === undefined) {
    holder = {
      pid,
      command: commandOf(pid),
      fds: [],
      reads: false,
      writes: false,
      blockedByPipe: writesToFullPipe(procText(`/proc/${pid}/wchan`)),
    };
    holders.push(holder);
  }
  holder.fds.push(fd);
  holder.reads ||= info.reads;
  holder.writes ||= info.writes;
}

function commandOf(pid: number): string {
  return parseCmdline(procText(`/proc/${pid}/cmdline`)).join(" ").trim() ||
    (parseStat(procText(`/proc/${pid}/stat`))?.name ?? "");
}
