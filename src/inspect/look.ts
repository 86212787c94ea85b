import { parseBootTime, parseCmdline, parseStat, startTime } from "./proc.ts";
import type { ProcessFacts } from "./facts.ts";

// Looking changes nothing: no FIFO is ever opened (that would wake, or stop,
// whoever waits for its other end), a link of /proc/<pid>/fd is only read or
// passed to stat(2), and what ends meanwhile is passed over.

/** What reading something has come to. */
export type Look<T> =
  | { kind: "seen"; value: T }
  | { kind: "gone" }
  | { kind: "denied"; reason: string };

function look<T>(action: () => T): Look<T> {
  try {
    return { kind: "seen", value: action() };
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    return code === "ENOENT" || code === "ESRCH" || code === "ENOTDIR"
      ? { kind: "gone" }
      : { kind: "denied", reason: message };
  }
}

function orNone<T>(seen: Look<T>): T | undefined {
  return seen.kind === "seen" ? seen.value : undefined;
}

export function linkAt(path: string): Look<string> {
  return look(() => Deno.readLinkSync(path));
}

export function statAt(path: string): Deno.FileInfo | undefined {
  return orNone(look(() => Deno.statSync(path)));
}

export function lstatAt(path: string): Look<Deno.FileInfo> {
  return look(() => Deno.lstatSync(path));
}

/** A text of /proc, "" if there is none. */
export function procText(path: string): string {
  return orNone(look(() => Deno.readTextFileSync(path))) ?? "";
}

/** More than any file of a state directory should have, in bytes. */
const TOO_LARGE = 16 << 20;

/** The bytes of a regular file; anything else is not opened. */
export function regularFile(path: string): Look<Uint8Array> {
  const found = lstatAt(path);
  if (found.kind !== "seen") return found;
  if (!found.value.isFile) {
    return { kind: "denied", reason: `"${path}" is not a regular file` };
  }
  if (found.value.size > TOO_LARGE) {
    const reason = `"${path}" has ${found.value.size} bytes, too many to read`;
    return { kind: "denied", reason };
  }
  return look(() => Deno.readFileSync(path));
}

/** The numbers in a directory of /proc, in order. */
function numbersIn(path: string): Look<number[]> {
  return look(() =>
    [...Deno.readDirSync(path)].map(({ name }) => Number(name))
      .filter((number) => Number.isInteger(number)).sort((a, b) => a - b)
  );
}

/** All processes but the kernel's own. */
export function processes(): number[] {
  return (orNone(numbersIn("/proc")) ?? []).filter((pid) => {
    const stat = parseStat(procText(`/proc/${pid}/stat`));
    // The kernel's threads are children of the one with the number 2.
    return stat !== undefined && stat.parent !== 2 &&
      !(stat.pid === 2 && stat.name === "kthreadd");
  });
}

/** The numbers of a process's open files. */
export function openFiles(pid: number): Look<number[]> {
  return numbersIn(`/proc/${pid}/fd`);
}

/** A process, or undefined if there is none of that number. */
export function processFacts(pid: number): ProcessFacts | undefined {
  const stat = parseStat(procText(`/proc/${pid}/stat`));
  if (stat === undefined) return undefined;
  const boot = parseBootTime(procText("/proc/stat"));
  const argv = parseCmdline(procText(`/proc/${pid}/cmdline`));
  return {
    pid,
    parent: stat.parent,
    state: stat.state,
    argv,
    command: argv.join(" ").trim() || stat.name,
    since: boot === undefined ? undefined : startTime(stat, boot),
  };
}

/** The children of a process, those that have ended included. */
export function childrenOf(parent: number): ProcessFacts[] {
  return processes()
    .filter((pid) =>
      parseStat(procText(`/proc/${pid}/stat`))?.parent === parent
    )
    .map(processFacts)
    .filter((child) => child !== undefined);
}
