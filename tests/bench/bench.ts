import type { Progress } from "./progress.ts";
import type { Measure, Results } from "./results.ts";
import type { Workplace } from "./workplace.ts";

/** A shim to be measured. */
export interface Subject {
  /** "shim" is ours; "upstream" and "baseline" are what it is compared with. */
  name: string;
  /** A copy of the executable that no other process has mapped. */
  path: string;
}

/** What every group of measures is given. */
export interface Bench {
  workplace: Workplace;
  subjects: readonly Subject[];
  /** How often what takes a moment is measured. */
  runs: number;
  /** A first impression in a minute or two. */
  quick: boolean;
  results: Results;
  progress: Progress;
}

/** One value of one program. */
export interface Reading {
  measure: Omit<Measure, "series">;
  program: string;
  value: number;
}

/** Takes the readings of one program once. */
export type Task = () => Promise<Reading[]>;

/**
 * Takes all readings in turn, again and again, so that whatever the machine
 * does meanwhile happens to all programs alike. The first round only warms
 * the caches. The order changes from round to round.
 */
export async function interleave(
  bench: Bench,
  label: string,
  rounds: number,
  tasks: readonly Task[],
): Promise<void> {
  for (let round = 0; round <= rounds; round++) {
    bench.progress.step(label, round, rounds);
    const order = round % 2 === 0 ? tasks : tasks.toReversed();
    for (const task of order) {
      for (const { measure, program, value } of await task()) {
        if (round === 0) bench.results.declare(measure, program);
        else bench.results.add(measure, program, value);
      }
    }
  }
  bench.progress.done(label);
}
