import { proc, procText, statOf } from "./proc.ts";

/**
 * The living descendants of a process, its children first; those that appear
 * meanwhile may be missing. Undefined where /proc does not tell.
 */
export function descendants(of: number): number[] | undefined {
  if (statOf(of) === undefined) return undefined;
  const found = [of];
  const children = childrenByThread(of) === undefined
    ? childrenByStat()
    : (pid: number) => childrenByThread(pid) ?? [];
  for (let at = 0; at < found.length; at++) {
    for (const child of children(found[at])) {
      if (!found.includes(child)) found.push(child);
    }
  }
  return found.slice(1).filter(isAlive);
}

function isAlive(pid: number): boolean {
  const state = statOf(pid)?.state;
  return state !== undefined && state !== "Z" && state !== "X";
}

/**
 * From /proc/PID/task/TID/children: undefined if the kernel was built without
 * those (proc_pid_children(5)).
 */
function childrenByThread(pid: number): number[] | undefined {
  const children: number[] = [];
  for (const thread of proc.numbersIn(`/proc/${pid}/task`)) {
    const text = procText(`/proc/${pid}/task/${thread}/children`);
    children.push(...text.split(" ").filter(Boolean).map(Number));
  }
  return children.length > 0 ? children : undefined;
}

/** The same by asking every process for its parent. */
function childrenByStat(): (pid: number) => number[] {
  const children = new Map<number, number[]>();
  for (const pid of proc.numbersIn("/proc")) {
    const parent = statOf(pid)?.parent;
    if (parent === undefined) continue;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [pid]);
    else siblings.push(pid);
  }
  return (pid) => children.get(pid) ?? [];
}

/**
 * Whether a process is below another one: that is its parent, or its parent's
 * parent and so on. Undefined where /proc does not tell.
 */
export function isBelow(pid: number, ancestor: number): boolean | undefined {
  if (statOf(ancestor) === undefined) return undefined;
  for (let at = pid; at > 1;) {
    const parent = statOf(at)?.parent;
    if (parent === ancestor) return true;
    if (parent === undefined) return false;
    at = parent;
  }
  return false;
}
