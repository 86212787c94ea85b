import { markdownTable } from "markdown-table";
import { describe, number, range, ratio } from "./format.ts";
import { RECORDED, RECORDED_NAME } from "./recorded.ts";
import { type Measure, OURS, ratiosOf } from "./results.ts";
import { summarize } from "./statistics.ts";

/**
 * A table for a terminal: under the name of each measure one line for each
 * program, with the ratio of ours to it.
 */
export function textTable(title: string, measures: readonly Measure[]): string {
  const heading = [title, "median", "quartiles", "extremes", "n", `${OURS} ÷`];
  const table = [
    heading,
    ...measures.flatMap((measure) => [[describe(measure)], ...rows(measure)]),
  ];
  const align = heading.map((_, i) => i === 0 ? "left" : "right");
  return `${markdownTable(table, { align })}\n`;
}

function rows(measure: Measure): string[][] {
  const ratios = ratiosOf(measure);
  const measured = [...measure.series].map(([program, values]) => {
    if (values.length === 0) return [`  ${program}`];
    const { count, min, p25, median, p75, max } = summarize(values);
    const compared = ratios.get(program);
    return [
      `  ${program}`,
      number(median),
      count === 1 ? "" : range(p25, p75),
      count === 1 ? "" : range(min, max),
      String(count),
      compared === undefined ? "" : ratio(compared),
    ];
  });
  const recorded = RECORDED.get(measure.id);
  if (recorded === undefined || measure.series.has("upstream")) return measured;
  return [...measured, [`  ${RECORDED_NAME}`, number(recorded)]];
}
