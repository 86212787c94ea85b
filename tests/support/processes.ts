import { readOrNone } from "./look.ts";

/** A line of the process table. */
export interface Process {
  pid: number;
  ppid: number;
  /** R, S, D, T, Z … as in /proc/<pid>/stat. */
  state: string;
  comm: string;
}

/** One process, or undefined when there is none of that number. */
export function process(pid: number): Process | undefined {
  const text = readOrNone(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  const end = text.lastIndexOf(")");
  const [state, ppid] = text.slice(end + 2).split(" ");
  const comm = text.slice(text.indexOf("(") + 1, end);
  return { pid, ppid: Number(ppid), state, comm };
}

export function processTable(): Process[] {
  return [...Deno.readDirSync("/proc")]
    .filter(({ name }) => /^\d+$/.test(name))
    .map(({ name }) => process(Number(name)))
    .filter((p) => p !== undefined);
}

/** The children of a process, the dead ones too. */
export function children(pid: number): Process[] {
  return tasks(pid).flatMap((task) => childrenOf(`/proc/${pid}/task/${task}`))
    .map(process).filter((p) => p !== undefined);
}

function tasks(pid: number): string[] {
  try {
    return [...Deno.readDirSync(`/proc/${pid}/task`)].map(({ name }) => name);
  } catch {
    return [];
  }
}

/** Each thread has a list of those that it has started or adopted. */
function childrenOf(task: string): number[] {
  return (readOrNone(`${task}/children`) ?? "").split(" ")
    .filter(Boolean).map(Number);
}

/** All processes below `root`, without `root`. */
export function descendants(root: number): Process[] {
  return children(root).flatMap((child) => [child, ...descendants(child.pid)]);
}

/** Clock ticks (1/100 s) of processor time used, user and system together. */
export function cpuTicks(pid: number): number {
  const text = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

/** Whether a process sleeps in write(2) because a pipe is full. */
export function isBlockedInWrite(pid: number): boolean {
  return readOrNone(`/proc/${pid}/wchan`)?.includes("pipe_write") ?? false;
}

/** The open descriptors of a process; the flags are octal text. */
export function openFds(
  pid: number,
): { fd: number; link: string; flags: string }[] {
  const list = [];
  for (const { name } of Deno.readDirSync(`/proc/${pid}/fd`)) {
    try {
      const link = Deno.readLinkSync(`/proc/${pid}/fd/${name}`);
      const info = Deno.readTextFileSync(`/proc/${pid}/fdinfo/${name}`);
      const flags = /flags:\s*(\d+)/.exec(info)![1];
      list.push({ fd: Number(name), link, flags });
    } catch {
      // Closed between the two looks.
    }
  }
  return list.sort((a, b) => a.fd - b.fd);
}

/** SigBlk, SigIgn, SigCgt, SigPnd and ShdPnd of a process, in hexadecimal. */
export function signalSets(pid: number): Record<string, string> {
  const lines = Deno.readTextFileSync(`/proc/${pid}/status`).split("\n");
  return Object.fromEntries(
    lines.filter((line) => /^(Sig(?!Q)|Shd)/.test(line))
      .map((line) => line.split(":\t") as [string, string]),
  );
}
