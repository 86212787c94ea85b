/** The result as text and as Markdown. Pure. */
import { type Cells, inWords, letterOf, sumOf, usedEntries } from "./cell.ts";
import type { Deliberate, Difference } from "./compare.ts";
import type { Theme } from "./scenarios/all.ts";

/** Everything that the table shows. */
export interface Table {
  themes: readonly Theme[];
  cells: Cells;
  columns: readonly string[];
  deliberate: readonly Deliberate[];
  /** What the columns come from: recordings or a binary. */
  against: string;
  machine: string;
  date: string;
}

interface Row {
  name: string;
  /** One for each column. */
  words: string[];
}

/** The themes that have rows, with their rows. */
function rowsByTheme(table: Table): { title: string; rows: Row[] }[] {
  const { themes, cells, columns, deliberate } = table;
  return themes.map(({ title, scenarios }) => ({
    title,
    rows: scenarios.filter(({ name }) => cells.has(name)).map(({ name }) => ({
      name,
      words: columns.map((column) => {
        const cell = cells.get(name)!.get(column);
        return cell ? inWords(cell, deliberate) : "";
      }),
    })),
  })).filter(({ rows }) => rows.length > 0);
}

/** The table for a terminal, with the details of every fault below it. */
export function asText(table: Table): string {
  const { cells, columns, deliberate } = table;
  const width = Math.max(...[...cells.keys()].map((name) => name.length));
  const lines = rowsByTheme(table).flatMap(({ title, rows }) => [
    "",
    title,
    ...rows.map(({ name, words }) =>
      `  ${name.padEnd(width)}  ${sameInAll(words, columns)}`
    ),
  ]);
  const letters = usedEntries(cells, deliberate)
    .filter((entry) => entry.everywhere)
    .map((entry) => `(${letterOf(entry, deliberate)}) ${entry.key}`);
  return [
    ...lines,
    "",
    ...faultDetails(cells),
    ...(letters.length > 0 ? [letters.join("  ")] : []),
    ...columns.map((column) => sumOf(cells, column)),
  ].join("\n");
}

function sameInAll(words: readonly string[], columns: readonly string[]) {
  if (words.every((one) => one === words[0])) return words[0];
  return words.map((one, i) => `${columns[i]} ${one}`).join(" | ");
}

/** Each unexplained difference with both values. */
export function faultDetails(cells: Cells): string[] {
  const lines: string[] = [];
  for (const [scenario, row] of cells) {
    for (const [column, cell] of row) {
      if (cell.kind === "failed") {
        lines.push(`${scenario} (${column}) failed: ${cell.error}`, "");
      } else if (cell.kind === "differs") {
        lines.push(`${scenario} differs from ${column}:`);
        lines.push(...cell.differences.flatMap(differenceLines), "");
      }
    }
  }
  return lines;
}

function differenceLines({ path, upstream, ours }: Difference): string[] {
  return [
    `  ${path}`,
    `    upstream ${JSON.stringify(upstream)?.slice(0, 1000)}`,
    `    ours     ${JSON.stringify(ours)?.slice(0, 1000)}`,
  ];
}

/** The same as Markdown, with the reasons of the deliberate differences. */
export function asMarkdown(table: Table): string {
  const { cells, columns, deliberate, against, machine, date } = table;
  const themes = rowsByTheme(table).flatMap(({ title, rows }) => [
    `## ${title}`,
    "",
    `| scenario | ${columns.join(" | ")} |`,
    `| --- |${" --- |".repeat(columns.length)}`,
    ...rows.map(({ name, words }) =>
      `| ${name} | ${words.map(escaped).join(" | ")} |`
    ),
    "",
  ]);
  const reasons = usedEntries(cells, deliberate).map((entry) => {
    const letter = entry.everywhere ? ` (${letterOf(entry, deliberate)})` : "";
    return `- **${entry.key}**${letter}: ${entry.reason}`;
  });
  return [
    "# Compared with upstream",
    "",
    `${cells.size} scenarios, ${against}. ${date}, ${machine}.`,
    "",
    "`same`: every fact that was recorded is the same. `better`: it differs on purpose, and only as the",
    "reasons below the tables say; the letters stand for what shows in nearly every run. The words of",
    "errors are not compared, but that there is one, its level, its file and the exit code are.",
    "",
    ...columns.map((column) => `- ${sumOf(cells, column)}`),
    "",
    ...themes,
    "## Deliberate differences",
    "",
    ...reasons,
    "",
  ].join("\n");
}

function escaped(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
