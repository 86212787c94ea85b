import { markdownTable as inMarkdown } from "markdown-table";
import { describe, number, range, ratio } from "./format.ts";
import { RECORDED, RECORDED_NAME } from "./recorded.ts";
import { type Measure, OURS, programsOf, ratiosOf } from "./results.ts";
import { summarize } from "./statistics.ts";

/**
 * A table of measures: a column for each program, then one for each ratio of
 * ours to another program. Where upstream was not measured, a column has what
 * was recorded of it.
 */
export function markdownTable(measures: readonly Measure[]): string {
  const programs = programsOf(measures);
  const compared = programs.filter((program) =>
    measures.some((measure) => ratiosOf(measure).has(program))
  );
  const recorded = !programs.includes("upstream") &&
    measures.some(({ id }) => RECORDED.has(id));
  const heading = [
    "",
    ...programs,
    ...(recorded ? [RECORDED_NAME] : []),
    ...compared.map((program) => `${OURS} ÷ ${program}`),
  ];
  const rows = measures.map((measure) => {
    const ratios = ratiosOf(measure);
    return [
      describe(measure),
      ...programs.map((program) => cell(measure.series.get(program))),
      ...(recorded ? [known(RECORDED.get(measure.id), number)] : []),
      ...compared.map((program) => known(ratios.get(program), ratio)),
    ];
  });
  const align = heading.map((_, i) => i === 0 ? "left" : "right");
  const table = inMarkdown([heading, ...rows], {
    align,
    alignDelimiters: false,
  });
  return `${table}\n`;
}

/** `30.1 (29.5–31.0; 28.5–48.0)`: median, quartiles, extremes. */
function cell(values: readonly number[] = []): string {
  if (values.length === 0) return "";
  const { count, min, p25, median, p75, max } = summarize(values);
  return count === 1
    ? number(median)
    : `${number(median)} (${range(p25, p75)}; ${range(min, max)})`;
}

function known<T>(value: T | undefined, words: (value: T) => string): string {
  return value === undefined ? "" : words(value);
}
