/** What came out of a comparison, as Markdown that reads well on a terminal. Pure. */
import { markdownTable } from "markdown-table";
import { type Cell, type Cells, count, has, KINDS } from "./cell.ts";
import { faultDetails } from "./fault_details.ts";
import type { Reason } from "./reason.ts";
import { TAKEN_OUT } from "./taken_out.ts";

export interface Summary {
  cells: Cells;
  columns: readonly string[];
  reasons: readonly Reason[];
  /** What the columns come from: recordings or a binary. */
  against: string;
  machine: string;
  date: string;
}

/** Counts first, then what was taken out, then each reason with its scenarios. */
export function inWords(summary: Summary): string {
  const { cells, against, machine, date } = summary;
  const faults = faultDetails(cells);
  return [
    "# Compared with upstream",
    "",
    ...wrapped(
      "",
      `${cells.size} scenarios, ${against}. ${date}, ${machine}.`,
    ),
    "",
    counts(summary),
    "",
    ...wrapped("", LEGEND),
    "",
    "## Taken out of the comparison",
    "",
    ...wrapped("", "What is different everywhere, each for one reason:"),
    "",
    ...Object.entries(TAKEN_OUT)
      .flatMap(([what, why]) => wrapped("- ", `**${what}**: ${why}`)),
    "",
    ...reasonsOf(summary, true, "Better"),
    ...reasonsOf(summary, false, "Other: meant, but no improvement"),
    ...leftOut(cells),
    ...(faults.length > 0
      ? ["## Without a reason", "", "```", ...faults, "```", ""]
      : []),
  ].join("\n");
}

const LEGEND =
  "`same`: all that was recorded is the same, but for what is taken out. `better`: it differs only as " +
  "the reasons below say, and a user gains by it. `other`: meant, but not all of it is an improvement.";

function counts({ cells, columns }: Summary): string {
  const rows = KINDS.map((kind) => [
    kind,
    ...columns.map((column) =>
      count(cells, column, (cell) => cell.kind === kind)
    ),
  ]).filter((row) => row.slice(1).some((n) => n !== 0));
  return table(["", ...columns], rows);
}

/** How often each reason applies in each column, then what it is and where. */
function reasonsOf(
  { cells, columns, reasons }: Summary,
  better: boolean,
  title: string,
): string[] {
  const used = reasons.filter((one) => one.better === better)
    .map((reason) => ({ ...reason, scenarios: scenariosOf(cells, reason) }))
    .filter(({ scenarios }) => scenarios.length > 0);
  if (used.length === 0) return [];
  const rows = used.map(({ key }) => [
    key,
    ...columns.map((column) => count(cells, column, has(key))),
  ]);
  return [
    `## ${title}`,
    "",
    table(["scenarios", ...columns], rows),
    "",
    ...used.flatMap(({ key, why, scenarios }) =>
      wrapped("- ", `**${key}**: ${why} (${scenarios.join(", ")})`)
    ),
    "",
  ];
}

function scenariosOf(cells: Cells, { key }: Reason): string[] {
  return [...cells].filter(([, row]) => [...row.values()].some(has(key)))
    .map(([scenario]) => scenario);
}

function leftOut(cells: Cells): string[] {
  const whys = [...cells].flatMap(([scenario, row]) =>
    [...new Set([...row.values()].map(whyLeftOut))]
      .filter((why) => why !== undefined)
      .map((why) => ({ why, scenario }))
  );
  if (whys.length === 0) return [];
  const byWhy = Map.groupBy(whys, ({ why }) => why);
  return [
    "## Left out",
    "",
    ...[...byWhy].flatMap(([why, which]) =>
      wrapped("- ", `${why}: ${which.map((one) => one.scenario).join(", ")}`)
    ),
    "",
  ];
}

function whyLeftOut(cell: Cell): string | undefined {
  return cell.kind === "left out" ? cell.why : undefined;
}

function table(
  heading: readonly string[],
  rows: readonly (string | number)[][],
): string {
  const align = heading.map((_, i) => i === 0 ? "left" : "right");
  return markdownTable([heading, ...rows.map((row) => row.map(String))], {
    align,
  });
}

/** Lines of at most 80 columns, hanging below the first mark. */
function wrapped(mark: string, text: string): string[] {
  const indent = " ".repeat(mark.length);
  const lines = [mark.trimEnd()];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`.replace(/^ (?! )/, "");
    if (longer.length <= 80) lines[lines.length - 1] = longer;
    else lines.push(indent + word);
  }
  return lines;
}
