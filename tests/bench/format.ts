import type { Measure } from "./results.ts";
import type { Summary } from "./statistics.ts";

/** With three digits, as far as they are digits of a fraction. */
export function number(value: number): string {
  if (Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  return value.toFixed(size < 10 ? 2 : size < 100 ? 1 : 0);
}

/** `29.5–31.0` */
export function range(low: number, high: number): string {
  return `${number(low)}–${number(high)}`;
}

/** `0.45 (0.41–0.52)`: the median and the quartiles of ratios. */
export function ratio({ median, p25, p75, count }: Summary): string {
  const fixed = (value: number) => value.toFixed(value < 10 ? 2 : 1);
  return fixed(median) +
    (count === 1 ? "" : ` (${fixed(p25)}–${fixed(p75)})`);
}

/** `start over that of an empty program, ms (at most 8)` */
export function describe({ what, unit, target }: Measure): string {
  return [
    unit === "" ? what : `${what}, ${unit}`,
    ...(target === undefined ? [] : [`(at most ${target})`]),
  ].join(" ");
}
