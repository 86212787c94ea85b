/** Both shims side by side, for a terminal. Pure. */
import { markdownTable } from "markdown-table";
import { differences, type Outcome, type Row, verdictOf } from "./outcome.ts";

/** A row for each step with both times, and below it where they differ. */
export function report(rows: readonly Row[]): string {
  const heading = ["step", "the bundle's shim", "ours", ""];
  const table = markdownTable([
    heading,
    ...rows.map((row) => [
      row.name,
      inShort(row.theirs),
      inShort(row.ours),
      verdictOf(row),
    ]),
  ], { align: ["left", "right", "right", "left"] });
  const tried = rows.filter(({ theirs, ours }) =>
    theirs.kind !== "not tried" && ours.kind !== "not tried"
  );
  const details = tried.filter((row) => verdictOf(row) !== "same")
    .flatMap((row) => [
      "",
      `${row.name}: ${verdictOf(row)}`,
      ...differences(row),
    ]);
  return [
    table,
    ...details,
    ...notTried("the bundle's shim", rows.map(({ theirs }) => theirs)),
    ...notTried("ours", rows.map(({ ours }) => ours)),
    "",
    sum(rows),
  ].join("\n");
}

/** Why some steps were not tried, which is one reason for all of them. */
function notTried(who: string, outcomes: readonly Outcome[]): string[] {
  const first = outcomes.find(({ kind }) => kind === "not tried");
  return first?.kind === "not tried"
    ? ["", `Not tried with ${who}: ${first.why}`]
    : [];
}

function inShort(outcome: Outcome): string {
  switch (outcome.kind) {
    case "done":
      return seconds(outcome.seconds);
    case "failed":
      return `failed, ${seconds(outcome.seconds)}`;
    case "not tried":
      return "not tried";
    default:
      return outcome satisfies never;
  }
}

function seconds(value: number): string {
  return `${value.toFixed(2)} s`;
}

function sum(rows: readonly Row[]): string {
  const same = rows.filter((row) => verdictOf(row) === "same").length;
  return same === rows.length
    ? `All ${same} steps came out the same with both shims.`
    : `${same} of ${rows.length} steps came out the same with both shims.`;
}
