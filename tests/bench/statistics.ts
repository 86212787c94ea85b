/** A set of measurements; the quartiles are those of linear interpolation. */
export interface Summary {
  count: number;
  min: number;
  p25: number;
  median: number;
  p75: number;
  max: number;
}

/** Throws a RangeError when there is nothing to sum up. */
export function summarize(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    count: sorted.length,
    min: quantile(sorted, 0),
    p25: quantile(sorted, 0.25),
    median: quantile(sorted, 0.5),
    p75: quantile(sorted, 0.75),
    max: quantile(sorted, 1),
  };
}

/** @param sorted in ascending order, @param part from 0 to 1 */
export function quantile(sorted: readonly number[], part: number): number {
  if (sorted.length === 0) throw new RangeError("No measurements");
  const at = (sorted.length - 1) * part;
  const below = Math.floor(at);
  const above = Math.ceil(at);
  return sorted[below] + (sorted[above] - sorted[below]) * (at - below);
}

export function median(values: readonly number[]): number {
  return summarize(values).median;
}

/**
 * How many times `others` the `ours` are, pair by pair: measurements taken one
 * after the other share the state of the machine, so its drift cancels out.
 */
export function ratios(
  ours: readonly number[],
  others: readonly number[],
): number[] {
  return pairwise(ours, others, (a, b) => a / b).filter(Number.isFinite);
}

/** By how much `ours` exceed `others`, pair by pair. */
export function differences(
  ours: readonly number[],
  others: readonly number[],
): number[] {
  return pairwise(ours, others, (a, b) => a - b);
}

function pairwise(
  ours: readonly number[],
  others: readonly number[],
  combine: (a: number, b: number) => number,
): number[] {
  const pairs = Math.min(ours.length, others.length);
  return ours.slice(0, pairs).map((value, i) => combine(value, others[i]));
}
