import {
  accessOf,
  descriptorsOf,
  openFileOf,
  type Proc,
} from "../processes/proc.ts";
import { writesToFullPipe } from "../processes/proc_text.ts";
import type { Holder } from "./facts.ts";
import { commandOf, processes, sleepsIn } from "./process_facts.ts";

/** A file whose holders are to be found. */
export interface Wanted {
  /** Whether what the kernel calls an open file is this one. */
  matches: (file: string, pid: number) => boolean;
  /** Filled in by `findHolders`. */
  holders: Holder[];
}

/**
 * Finds who has which of the files open, in one look at all processes.
 *
 * @returns how many processes could not be asked
 */
export function findHolders(wanted: readonly Wanted[], from: Proc): number {
  let hidden = 0;
  for (const pid of processes(from)) {
    if (from.isOutOfReach(`/proc/${pid}/fd`)) hidden++;
    for (const fd of descriptorsOf(pid, from)) {
      const file = openFileOf(pid, fd, from);
      if (file === undefined) continue;
      for (const { matches, holders } of wanted) {
        if (matches(file, pid)) note(holders, pid, fd, from);
      }
    }
  }
  return hidden;
}

function note(holders: Holder[], pid: number, fd: number, from: Proc): void {
  const access = accessOf(pid, fd, from);
  if (access === undefined) return;
  let holder = holders.find((known) => known.pid === pid);
  if (holder === undefined) {
    holder = {
      pid,
      command: commandOf(pid, from),
      fds: [],
      reads: false,
      writes: false,
      blockedByPipe: writesToFullPipe(sleepsIn(pid, from)),
    };
    holders.push(holder);
  }
  holder.fds.push(fd);
  holder.reads ||= access.reads;
  holder.writes ||= access.writes;
}
