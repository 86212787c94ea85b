import { type Cells, isFault } from "./cell.ts";
import type { Explained } from "./compare.ts";

/** Each difference without a reason, with both values, and each scenario that failed. Pure. */
export function faultDetails(cells: Cells): string[] {
  return [...cells].flatMap(([scenario, row]) =>
    [...row].filter(([, cell]) => isFault(cell)).flatMap(([column, cell]) =>
      cell.kind === "failed"
        ? [`${scenario} (${column}) failed: ${cell.error}`]
        : [
          `${scenario} differs from ${column}:`,
          ...("differences" in cell ? cell.differences : [])
            .filter(({ reason }) => reason === undefined)
            .flatMap(linesOf),
        ]
    )
  );
}

function linesOf({ path, upstream, ours }: Explained): string[] {
  return [
    `  ${path}`,
    `    upstream ${JSON.stringify(upstream)?.slice(0, 1000)}`,
    `    ours     ${JSON.stringify(ours)?.slice(0, 1000)}`,
  ];
}
