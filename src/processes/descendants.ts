import { identify } from "../../ffi/path.ts";
import { numbersOf, proc, statOf } from "./proc.ts";

/** More processes than that are not looked for: somebody forks for ever. */
const MOST = 100_000;

/**
 * The living descendants of a process, its children first; those that appear
 * meanwhile may be missing. Undefined where /proc does not tell.
 */
export function descendants(of: number): number[] | undefined {
  if (statOf(of) === undefined) return undefined;
  const found: number[] = [];
  for (const pid of walkDescendants(of)) {
    if (pid !== undefined && isAlive(pid)) found.push(pid);
    if (found.length === MOST) break;
  }
  return found;
}

function isAlive(pid: number): boolean {
  const state = statOf(pid)?.state;
  return state !== undefined && state !== "Z" && state !== "X";
}

/**
 * The descendants of a process one after the other, its children first, and
 * the dead too. There may be many, and each step is a short one: it gives
 * undefined if it has found none.
 */
export function* walkDescendants(
  of: number,
): Generator<number | undefined, void> {
  const known = new Set([of]);
  const children = hasListsOfChildren(of)
    ? childrenByThread
    : yield* childrenByStat();
  // Those that are added meanwhile have their turn too.
  for (const parent of known) {
    for (const child of children(parent)) {
      const isNew = child !== undefined && !known.has(child);
      if (isNew) known.add(child);
      yield isNew ? child : undefined;
    }
  }
}

/** Some kernels were built without those (proc_pid_children(5)). */
function hasListsOfChildren(pid: number): boolean {
  return identify(`/proc/${pid}/task/${pid}/children`) !== undefined;
}

function* childrenByThread(pid: number): Generator<number | undefined, void> {
  for (const thread of proc.numbersIn(`/proc/${pid}/task`)) {
    yield;
    yield* numbersOf(`/proc/${pid}/task/${thread}/children`);
  }
}

/** The same by asking every process for its parent. */
function* childrenByStat(): Generator<
  undefined,
  (pid: number) => Iterable<number>
> {
  const children = new Map<number, number[]>();
  for (const pid of proc.numbersIn("/proc")) {
    yield;
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
export function isBelow(
  pid: number,
  ancestor: number,
  from = proc,
): boolean | undefined {
  if (statOf(ancestor, from) === undefined) return undefined;
  for (let at = pid; at > 1;) {
    const parent = statOf(at, from)?.parent;
    if (parent === ancestor) return true;
    if (parent === undefined) return false;
    at = parent;
  }
  return false;
}
