/**
 * Whether a process is a child of this one. A child that has ended stays one
 * until it is reaped.
 *
 * @returns undefined when that cannot be told
 */
export function isChild(pid: number): boolean | undefined {
  try {
    return parentOf(pid) === Deno.pid;
  } catch (error) {
    // ESRCH: it was reaped by somebody else between open(2) and read(2).
    const { code } = error as { code?: string };
    return code === "ENOENT" || code === "ESRCH" ? false : undefined;
  }
}

/** The children of this process, those that have ended included. */
export function children(): number[] {
  return [...Deno.readDirSync("/proc")]
    .map(({ name }) => Number(name))
    .filter((pid) => Number.isInteger(pid) && isChild(pid));
}

/** The parent of a process, according to proc_pid_stat(5). */
function parentOf(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  // The name, in parentheses, may hold anything: fields count from its end.
  const [, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(parent);
}
