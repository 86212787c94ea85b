/** One line of the process table, from proc_pid_stat(5). */
export interface ProcessStat {
  pid: number;
  /** At most 15 bytes, and whatever the process likes. */
  name: string;
  /** R, S, D, T, Z … */
  state: string;
  parent: number;
  /** Since the machine started, in 1/100 s. */
  startTicks: number;
}

/** Reads /proc/<pid>/stat; undefined if it is something else. */
export function parseStat(text: string): ProcessStat | undefined {
  // The name, in parentheses, may hold anything: fields count from its end.
  const end = text.lastIndexOf(")");
  const start = text.indexOf("(");
  if (start === -1 || end < start) return undefined;
  const fields = text.slice(end + 2).trim().split(" ");
  const [state, parent] = fields;
  const startTicks = Number(fields[19]);
  if (!/^[A-Za-z]$/.test(state) || !Number.isInteger(startTicks)) {
    return undefined;
  }
  return {
    pid: Number(text.slice(0, start)),
    name: text.slice(start + 1, end),
    state,
    parent: Number(parent),
    startTicks,
  };
}

/** What the letters of a process's state mean. */
export const STATES: Readonly<Record<string, string>> = {
  R: "running",
  S: "sleeping",
  D: "in a system call that cannot be interrupted",
  T: "stopped",
  t: "stopped by a debugger",
  Z: "dead, not reaped yet",
  X: "dead",
  I: "idle",
};

/** The arguments in /proc/<pid>/cmdline: each ends with a NUL. */
export function parseCmdline(text: string): string[] {
  if (text === "") return [];
  return (text.endsWith("\0") ? text.slice(0, -1) : text).split("\0");
}

/** What /proc/<pid>/fdinfo/<fd> tells of an open file. */
export interface OpenFile {
  reads: boolean;
  writes: boolean;
  /** Of a pty master: the N of its slave's /dev/pts/N. */
  terminal: number | undefined;
}

/** The flag of a descriptor that only names a file, as the kernel shows it. */
const O_PATH = 0o10000000;

export function parseFdinfo(text: string): OpenFile | undefined {
  const flags = /^flags:\s*([0-7]+)$/m.exec(text)?.[1];
  if (flags === undefined) return undefined;
  const bits = parseInt(flags, 8);
  // O_ACCMODE: 0 reads, 1 writes, 2 does both. O_PATH does neither.
  const access = (bits & O_PATH) === 0 ? bits & 3 : undefined;
  const index = /^tty-index:\s*([0-9]+)$/m.exec(text)?.[1];
  return {
    reads: access === 0 || access === 2,
    writes: access === 1 || access === 2,
    terminal: index === undefined ? undefined : Number(index),
  };
}

/** Bytes through read(2), write(2) and their kin. */
export interface Transfers {
  read: number;
  written: number;
}

/** Reads /proc/<pid>/io. */
export function parseIo(text: string): Transfers | undefined {
  const read = /^rchar: ([0-9]+)$/m.exec(text)?.[1];
  const written = /^wchar: ([0-9]+)$/m.exec(text)?.[1];
  if (read === undefined || written === undefined) return undefined;
  return { read: Number(read), written: Number(written) };
}

/** When the machine started, in seconds since 1970, from /proc/stat. */
export function parseBootTime(text: string): number | undefined {
  const seconds = /^btime ([0-9]+)$/m.exec(text)?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}

/** A clock tick in /proc is 1/100 s on every architecture that Deno has. */
const TICKS_PER_SECOND = 100;

/** When a process started, in milliseconds since 1970. */
export function startTime(stat: ProcessStat, bootTime: number): number {
  return (bootTime + stat.startTicks / TICKS_PER_SECOND) * 1000;
}

/**
 * Whether a process stands still because a pipe that it writes to is full,
 * by the name of the kernel function that it sleeps in (/proc/<pid>/wchan).
 */
export function writesToFullPipe(wchan: string): boolean {
  return /(^|_)pipe_write$/.test(wchan);
}

/** The name that a link of /proc/<pid>/fd or cwd ends with. */
export function lastName(link: string): string {
  const path = link.replace(/ \(deleted\)$/, "");
  return path.slice(path.lastIndexOf("/") + 1);
}
