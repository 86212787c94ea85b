import type { Summary } from "./statistics.ts";
import { differences, ratios, summarize } from "./statistics.ts";

/** What a benchmark measures. */
export const GROUPS = [
  "start",
  "exit",
  "throughput",
  "latency",
  "memory",
  "idle",
  "size",
] as const;

export type Group = (typeof GROUPS)[number];

/** The name of the series that everything else is compared with. */
export const OURS = "shim";

/** One thing that was measured, of one program or several. */
export interface Measure {
  /** Stays the same for ever: results of different days are compared by it. */
  id: string;
  group: Group;
  /** What it is, in words for the reader of a table. */
  what: string;
  unit: string;
  better: "lower" | "higher";
  /** By the name of the program; values of one index were taken together. */
  series: Map<string, number[]>;
  /** What it must be at most, where there is such a target. */
  target?: number;
  /** Differences may be around 0, and have no ratios. */
  isDifference?: boolean;
}

/** Collects values while they are measured. */
export class Results {
  readonly measures: Measure[] = [];

  /** What is declared first stands first in tables. */
  declare(measure: Omit<Measure, "series">, program: string): number[] {
    let found = this.measures.find(({ id }) => id === measure.id);
    if (found === undefined) {
      found = { ...measure, series: new Map() };
      this.measures.push(found);
    }
    const values = found.series.get(program) ?? [];
    found.series.set(program, values);
    return values;
  }

  add(
    measure: Omit<Measure, "series">,
    program: string,
    value: number,
  ): void {
    this.declare(measure, program).push(value);
  }

  /** A new measure: by how much each of some programs exceeds another. */
  addDifference(
    measure: Omit<Measure, "series">,
    from: { id: string; programs: readonly string[] },
    other: { id: string; program: string },
  ): void {
    const others = this.#values(other.id, other.program);
    for (const program of from.programs) {
      const values = this.#values(from.id, program);
      for (const value of differences(values, others)) {
        this.add(measure, program, value);
      }
    }
  }

  #values(id: string, program: string): readonly number[] {
    const measure = this.measures.find((measure) => measure.id === id);
    return measure?.series.get(program) ?? [];
  }
}

/** The programs of some measures, in the order of their first appearance. */
export function programsOf(measures: readonly Measure[]): string[] {
  return [...new Set(measures.flatMap(({ series }) => [...series.keys()]))];
}

/** Ours divided by each other program's, pair by pair. */
export function ratiosOf(measure: Measure): Map<string, Summary> {
  const ours = measure.series.get(OURS);
  const found = new Map<string, Summary>();
  if (ours === undefined || measure.isDifference) return found;
  for (const [program, values] of measure.series) {
    const pairs = program === OURS ? [] : ratios(ours, values);
    if (pairs.length > 0) found.set(program, summarize(pairs));
  }
  return found;
}
