/**
 * Whether a process is a child of this one, according to proc_pid_stat(5).
 * A child that has ended stays one until it is reaped.
 */
export function isChild(pid: number): boolean {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    // The name, in parentheses, may hold anything: fields count from its end.
    const [, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(parent) === Deno.pid;
  } catch {
    return false;
  }
}
