/** How one scenario came out in one column of the table. Pure. */
import type { Verdict } from "./compare.ts";

export type Cell =
  | Verdict
  | { kind: "failed"; error: string }
  | { kind: "left out"; why: string };

/** Scenario → column → cell. */
export type Cells = ReadonlyMap<string, ReadonlyMap<string, Cell>>;

/** In the order in which they are counted. */
export const KINDS: readonly Cell["kind"][] = [
  "same",
  "better",
  "other",
  "differs",
  "failed",
  "left out",
];

/** True for what must not be: a difference without a reason, or no result. */
export function isFault(cell: Cell): boolean {
  return cell.kind === "differs" || cell.kind === "failed";
}

/** How often a cell of a column is one that is asked for. */
export function count(
  cells: Cells,
  column: string,
  wanted: (cell: Cell) => boolean,
): number {
  return [...cells.values()].map((row) => row.get(column))
    .filter((cell) => cell !== undefined && wanted(cell)).length;
}

/** True for a cell to which a reason applies. */
export function has(reason: string): (cell: Cell) => boolean {
  return (cell) =>
    "differences" in cell &&
    cell.differences.some((difference) => difference.reason === reason);
}
