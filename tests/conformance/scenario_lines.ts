import type { Cells } from "./cell.ts";
import type { Theme } from "./scenarios/all.ts";

/**
 * The whole result for machines: one line of JSON for each scenario, with how
 * it came out in each column and each value that differs. A side on which a
 * value is not there at all has no key for it. Pure.
 */
export function scenarioLines(themes: readonly Theme[], cells: Cells): string {
  return themes.flatMap(({ title, scenarios }) =>
    scenarios.filter(({ name }) => cells.has(name)).map(({ name }) => {
      const columns = Object.fromEntries(cells.get(name)!);
      return JSON.stringify({ scenario: name, theme: title, columns }) + "\n";
    })
  ).join("");
}
