import type { Cells } from "./cell.ts";
import { isWhole, type Reason } from "./reason.ts";

/**
 * What in the list of reasons explained nothing, so that it may go: reasons,
 * and single facts of their places. Pure.
 */
export function unused(cells: Cells, reasons: readonly Reason[]): string[] {
  const explained = [...cells].flatMap(([scenario, row]) =>
    [...row].flatMap(([column, cell]) =>
      "differences" in cell
        ? cell.differences.map((one) => ({ ...one, scenario, column }))
        : []
    )
  );
  return reasons.flatMap(({ key, places }) => {
    const own = explained.filter(({ reason }) => reason === key);
    if (own.length === 0) return [key];
    return places.flatMap(({ scenarios, columns = /.*/, facts }) =>
      Object.keys(facts).filter((fact) =>
        !own.some(({ path, scenario, column }) =>
          isWhole(fact, path) && isWhole(scenarios, scenario) &&
          isWhole(columns, column)
        )
      ).map((fact) => `${key}: ${fact} (${scenarios.source})`)
    );
  });
}
