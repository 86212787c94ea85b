/** Holds what one shim did against what another one did. Pure. */
import { contractOf } from "./contract.ts";
import type { Facts } from "./recordings.ts";

/** One place where the two differ. `undefined` stands for "not there". */
export interface Difference {
  /** Keys and indices, joined by `/`: `files/exitStatus/content`, `runtime_calls/0/argv`. */
  path: string;
  upstream: unknown;
  ours: unknown;
}

/** A difference that is meant: see `differences.ts`. */
export interface Deliberate {
  /** Short name, shown in the table. */
  key: string;
  /** It shows in nearly every run: the table has a letter for it. */
  everywhere?: boolean;
  /** Whole scenario names. */
  scenarios: RegExp;
  /** Whole titles of columns, where not all are meant. */
  columns?: RegExp;
  /** Whole paths of facts (regular expressions), each with what ours must be there. */
  facts: Readonly<Record<string, Matcher>>;
  /** Why a user wants it. */
  reason: string;
}

/** True when our value is exactly the improvement that is meant. */
export type Matcher = (difference: Difference, seen: Seen) => boolean;

/** What a matcher may look at beside the difference itself. */
export interface Seen {
  scenario: string;
  /** Title of the column: the version of upstream. */
  column: string;
  upstream: Facts;
  ours: Facts;
}

/** How a scenario came out: `same`, `better` (why) or `differs` (where). */
export type Verdict =
  | { kind: "same" }
  | { kind: "better"; keys: string[] }
  | { kind: "differs"; differences: Difference[]; keys: string[] };

/** Upstream's facts, with every form that it showed where its runs differed. */
export interface Expected {
  facts: Facts;
  varies?: Record<string, unknown[]>;
}

/** Facts about time: the largest distance that still counts as the same. */
const TOLERANCES: readonly [RegExp, number][] = [
  [/_ms_after_exitStatus$/, 250],
  [/^shim_lifetime_s$/, 1],
];

/** Compares one scenario and explains the differences from the list of deliberate ones. */
export function compare(
  { scenario, column }: Pick<Seen, "scenario" | "column">,
  expected: Expected,
  observed: Facts,
  deliberate: readonly Deliberate[],
): Verdict {
  const upstream = contractOf(expected.facts);
  const ours = contractOf(observed);
  const varies = contractOf(expected.varies ?? {});
  const seen = { scenario, column, upstream, ours };
  const keys = new Set<string>();
  const unexplained: Difference[] = [];

  for (const fact of unionOfKeys(upstream, ours)) {
    const forms = [upstream[fact], ...(varies[fact] as unknown[] ?? [])];
    const [nearest] = forms
      .map((form) =>
        explain(differencesBetween(form, ours[fact], fact), seen, deliberate)
      )
      .sort((a, b) =>
        a.unexplained.length - b.unexplained.length ||
        a.keys.length - b.keys.length
      );
    unexplained.push(...nearest.unexplained);
    for (const key of nearest.keys) keys.add(key);
  }

  const sorted = [...keys].sort();
  if (unexplained.length > 0) {
    return { kind: "differs", differences: unexplained, keys: sorted };
  }
  return sorted.length > 0
    ? { kind: "better", keys: sorted }
    : { kind: "same" };
}

function explain(
  differences: readonly Difference[],
  seen: Seen,
  deliberate: readonly Deliberate[],
): { unexplained: Difference[]; keys: string[] } {
  const unexplained: Difference[] = [];
  const keys: string[] = [];
  for (const difference of differences) {
    const entry = deliberate.find((one) =>
      matchesWhole(one.scenarios.source, seen.scenario) &&
      matchesWhole(one.columns?.source ?? ".*", seen.column) &&
      Object.entries(one.facts).some(([path, accepts]) =>
        matchesWhole(path, difference.path) && accepts(difference, seen)
      )
    );
    if (entry) keys.push(entry.key);
    else unexplained.push(difference);
  }
  return { unexplained, keys };
}

function matchesWhole(pattern: string, text: string): boolean {
  return new RegExp(`^(?:${pattern})$`).test(text);
}

/** Every place where two values differ; lists of runtime calls are lined up by command. */
export function differencesBetween(
  upstream: unknown,
  ours: unknown,
  path: string,
): Difference[] {
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
  return canonical(upstream) === canonical(ours);
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

function unionOfKeys(
  a: Record<string, unknown>,
  b: Record<string, unknown>,
): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
}

/** JSON with sorted keys: equal texts for equal values. `undefined` and "null" differ. */
export function canonical(value: unknown): string {
  if (value === undefined) return "undefined";
  return JSON.stringify(
    value,
    (_key, inner) =>
      isRecord(inner)
        ? Object.fromEntries(
          Object.entries(inner).sort(([a], [b]) => a < b ? -1 : 1),
        )
        : inner,
  );
}
