/** How one scenario came out in one column of the table, and in which words. Pure. */
import type { Deliberate, Verdict } from "./compare.ts";

export type Cell = Verdict | { kind: "failed"; error: string } | {
  kind: "left out";
  why: string;
};

/** Scenario → column → cell. */
export type Cells = ReadonlyMap<string, ReadonlyMap<string, Cell>>;

/** True for what must not be: a difference without an entry, or no result. */
export function isFault(cell: Cell): boolean {
  return cell.kind === "differs" || cell.kind === "failed";
}

/** The words for a cell; differences that show everywhere are letters. */
export function inWords(
  cell: Cell,
  deliberate: readonly Deliberate[],
): string {
  switch (cell.kind) {
    case "same":
      return "same";
    case "better":
      return `better${reasons(cell.keys, deliberate)}`;
    case "differs":
      return `DIFFERS: ${cell.differences.map(({ path }) => path).join(", ")}`;
    case "failed":
      return `FAILED: ${firstLine(cell.error)}`;
    case "left out":
      return `left out: ${cell.why}`;
    default:
      return cell satisfies never;
  }
}

function reasons(
  keys: readonly string[],
  deliberate: readonly Deliberate[],
): string {
  const used = deliberate.filter(({ key }) => keys.includes(key));
  const letters = used.filter((entry) => entry.everywhere)
    .map((entry) => letterOf(entry, deliberate));
  const words = new Set(
    used.filter((entry) => !entry.everywhere).map(({ key }) => key),
  );
  return (letters.length > 0 ? ` (${letters.join(", ")})` : "") +
    (words.size > 0 ? `: ${[...words].join(", ")}` : "");
}

/** `a` for the first difference that shows everywhere, and so on. */
export function letterOf(
  entry: Deliberate,
  deliberate: readonly Deliberate[],
): string {
  const everywhere = deliberate.filter((one) => one.everywhere);
  return String.fromCharCode("a".charCodeAt(0) + everywhere.indexOf(entry));
}

function firstLine(text: string): string {
  const [line] = text.split("\n");
  return line.length > 160 ? `${line.slice(0, 160)}…` : line;
}

/** `0.2.9: 20 same, 430 better`. */
export function sumOf(cells: Cells, column: string): string {
  const kinds = ["same", "better", "differs", "failed", "left out"];
  const all = [...cells.values()].map((row) => row.get(column)?.kind);
  const parts = kinds
    .map((kind) => ({ kind, n: all.filter((one) => one === kind).length }))
    .filter(({ n }) => n > 0)
    .map(({ kind, n }) => `${n} ${kind}`);
  return `${column}: ${parts.join(", ")}`;
}

/** The entries that explain something in these cells, in the order of the list. */
export function usedEntries(
  cells: Cells,
  deliberate: readonly Deliberate[],
): Deliberate[] {
  const keys = [...cells.values()].flatMap((row) => [...row.values()])
    .flatMap((cell) => "keys" in cell ? cell.keys : []);
  // Some differences take several entries, with one key and one reason.
  return [...new Set(keys)]
    .map((key) => deliberate.find((entry) => entry.key === key)!)
    .sort((a, b) => deliberate.indexOf(a) - deliberate.indexOf(b));
}
