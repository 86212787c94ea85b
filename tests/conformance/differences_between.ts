/** Where two values differ. Pure. */
import { isDeepStrictEqual } from "node:util";
import { takeOut } from "./taken_out.ts";

/** One place where the two differ. `undefined` stands for "not there". */
export interface Difference {
  /** Keys and indices, joined by `/`: `files/exitStatus/content`, `runtime_calls/0/argv`. */
  path: string;
  upstream: unknown;
  ours: unknown;
}

/** Facts about time: the largest distance that still counts as the same. */
const TOLERANCES: readonly [RegExp, number][] = [
  [/_ms_after_exitStatus$/, 250],
  [/^shim_lifetime_s$/, 1],
];

/** Every place where two values differ; lists of runtime calls are lined up by command. */
export function differencesBetween(
  upstream: unknown,
  ours: unknown,
  path: string,
): Difference[] {
  [upstream, ours] = takeOut(upstream, ours);
  if (isSame(upstream, ours, path)) return [];
  if (isCallList(upstream) && isCallList(ours)) {
    return callDifferences(upstream, ours, path);
  }
  if (isRecord(upstream) && isRecord(ours)) {
    return unionOfKeys(upstream, ours).flatMap((key) =>
      differencesBetween(upstream[key], ours[key], `${path}/${key}`)
    );
  }
  return [{ path, upstream, ours }];
}

function isSame(upstream: unknown, ours: unknown, path: string): boolean {
  if (typeof upstream === "number" && typeof ours === "number") {
    const tolerance = TOLERANCES.find(([fact]) => fact.test(path))?.[1] ?? 0;
    return Math.abs(upstream - ours) <= tolerance;
  }
  return isDeepStrictEqual(upstream, ours);
}

/**
 * The last call of each command belongs to the last one of the other side:
 * where a shim tries something first, the extra call is the earlier one.
 */
function callDifferences(
  upstream: readonly Call[],
  ours: readonly Call[],
  path: string,
): Difference[] {
  const differences: Difference[] = [];
  let u = upstream.length - 1;
  let o = ours.length - 1;
  while (u >= 0 || o >= 0) {
    if (u >= 0 && o >= 0 && upstream[u].cmd === ours[o].cmd) {
      differences.unshift(
        ...differencesOfCall(upstream[u], ours[o], `${path}/${u}`),
      );
      u--;
      o--;
    } else if (
      o >= 0 &&
      !upstream.slice(0, u + 1).some((call) => call.cmd === ours[o].cmd)
    ) {
      differences.unshift({
        path: `${path}/extra`,
        upstream: undefined,
        ours: ours[o--],
      });
    } else if (u >= 0) {
      differences.unshift({
        path: `${path}/${u}`,
        upstream: upstream[u--],
        ours: undefined,
      });
    }
  }
  return differences;
}

function differencesOfCall(
  upstream: Call,
  ours: Call,
  path: string,
): Difference[] {
  return unionOfKeys(upstream, ours).flatMap((key) =>
    differencesBetween(upstream[key], ours[key], `${path}/${key}`)
  );
}

interface Call extends Record<string, unknown> {
  cmd: string;
}

function isCallList(value: unknown): value is Call[] {
  return Array.isArray(value) &&
    value.every((one) => isRecord(one) && typeof one.cmd === "string");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** The keys of either, in order. */
export function unionOfKeys(
  a: Record<string, unknown>,
  b: Record<string, unknown>,
): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
}
