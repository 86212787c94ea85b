import { describe, number, range, ratio } from "./format.ts";
import { RECORDED, RECORDED_NAME } from "./recorded.ts";
import { type Measure, OURS, ratiosOf } from "./results.ts";
import { summarize } from "./statistics.ts";

const WIDTHS = [44, 9, 15, 15, 5];

/**
 * A table for a terminal: under the name of each measure one line for each
 * program, with the ratio of ours to it.
 */
export function textTable(title: string, measures: readonly Measure[]): string {
  const heading = [title, "median", "quartiles", "extremes", "n", `${OURS} ÷`];
  return [
    line(heading),
    line(heading.map((word) => "─".repeat(word.length))),
    ...measures.flatMap((measure) => [describe(measure), ...rows(measure)]),
  ].map((text) => `${text}\n`).join("");
}

function rows(measure: Measure): string[] {
  const ratios = ratiosOf(measure);
  const measured = [...measure.series].map(([program, values]) => {
    if (values.length === 0) return line([program]);
    const { count, min, p25, median, p75, max } = summarize(values);
    const compared = ratios.get(program);
    return line([
      program,
      number(median),
      count === 1 ? "" : range(p25, p75),
      count === 1 ? "" : range(min, max),
      String(count),
      compared === undefined ? "" : ratio(compared),
    ]);
  });
  const recorded = RECORDED.get(measure.id);
  if (recorded === undefined || measure.series.has("upstream")) return measured;
  return [...measured, line([RECORDED_NAME, number(recorded)])];
}

function line([first, ...others]: readonly string[]): string {
  const cells = others.map((cell, i) => cell.padStart(WIDTHS[i + 1] ?? 0));
  return `  ${first.padEnd(WIDTHS[0])}${cells.join("  ")}`.trimEnd();
}
