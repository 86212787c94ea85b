import { linkAt, procText, statAt } from "./look.ts";
import { lastName, parseFdinfo } from "./proc.ts";

/** The terminal whose master a process holds. */
export interface TerminalFacts {
  /** The descriptor of the master. */
  fd: number;
  /** The N of its slave's /dev/pts/N. */
  index: number;
  /** The devpts that it lives in: a container has one of its own. */
  device: number;
}

/** Finds the pty master among the open files of the shim. */
export function terminalOf(
  shim: number,
  fds: readonly number[],
): TerminalFacts | undefined {
  for (const fd of fds) {
    const path = `/proc/${shim}/fd/${fd}`;
    const link = linkAt(path);
    if (link.kind !== "seen" || lastName(link.value) !== "ptmx") continue;
    const info = parseFdinfo(procText(`/proc/${shim}/fdinfo/${fd}`));
    const master = statAt(path);
    if (info?.terminal === undefined || master === undefined) continue;
    // The node /dev/ptmx of old stands for the instance at /dev/pts.
    const atDev = statAt("/dev")?.dev === master.dev;
    const device = atDev ? statAt("/dev/pts")?.dev : master.dev;
    if (device !== undefined) return { fd, index: info.terminal, device };
  }
  return undefined;
}

/** Whether the link of an open file can be the terminal's slave. */
export function canBeSlave(terminal: TerminalFacts, link: string): boolean {
  const name = lastName(link);
  // A container's /dev/console is its terminal under another name.
  return name === String(terminal.index) || name === "console";
}

/** Whether an open file is the terminal's slave. */
export function isSlave(terminal: TerminalFacts, path: string): boolean {
  const info = statAt(path);
  if (info === undefined || info.dev !== terminal.device) return false;
  return minorOf(info.rdev ?? 0) === terminal.index;
}

/** In st_rdev a minor has its low 8 bits at bit 0, the others from bit 20 on. */
function minorOf(rdev: number): number {
  return (rdev & 0xff) | ((rdev >>> 20) << 8);
}
