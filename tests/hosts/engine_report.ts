import { markdownTable } from "markdown-table";
import type { Machine } from "../bench/machine.ts";
import type { Figures } from "./engine_figures.ts";
import type { Outcome } from "./tap.ts";

export interface EngineResult {
  engine: string;
  compiled: boolean;
  /** Undefined where it could not be built; `problem` says why. */
  problem?: string;
  suites?: Outcome;
  budget?: Outcome;
  /** The last words of the soak, and whether it went well. */
  soak?: { ok: boolean; words: string };
  figures?: Figures;
  /** Tests that cannot be the same for it, with the reason. */
  notApplicable: { name: string; reason: string }[];
}

/** Whether all that was run of an engine went well. */
export function isGood(result: EngineResult): boolean {
  const { problem, suites, budget, soak } = result;
  return problem === undefined && suites?.failed.length === 0 &&
    (budget?.failed.length ?? 0) === 0 && soak?.ok !== false;
}

export function engineReport(
  results: readonly EngineResult[],
  files: readonly string[],
  machine: Machine,
): string {
  const heading = [
    "engine",
    "suites",
    "budget",
    "soak",
    "start, ms",
    "own memory, MB",
  ];
  const rows = results.map((result) => {
    const { engine, problem, suites, budget, soak, figures } = result;
    if (problem !== undefined) return [engine, problem.split("\n").at(-1)!];
    return [
      engine,
      count(suites),
      count(budget),
      soak === undefined ? "not run" : soak.ok ? "no fault" : "faults",
      figures?.start.toFixed(1) ?? "",
      figures?.memory.toFixed(1) ?? "",
    ];
  });
  const align = heading.map((_, i) => i < 4 ? "left" : "right");
  const parts = [
    "# Engines",
    "",
    "What `make engines` found when it built the shim with each engine and ran the tests of the executable " +
    `(${files.map((file) => `\`${file}\``).join(", ")}), its ` +
    "budget (`tests/bench/budget_test.ts`) and a short soak. " +
    `${machine.date}, ${machine.processors} processors, Linux ${machine.kernel}.`,
    "",
    markdownTable([heading, ...rows], { align }),
    "",
    "`CLI` is not a compiled program: the bundle runs under `deno run`, the nearest thing to a denort of that " +
    "version where none can be had. The start is the median of 21, from the shim's exec to the runtime's; the memory " +
    "is an idle shim's private dirty pages. Both are of one short run on a machine that may have had other work: they " +
    "compare engines, `make bench` measures. What failed was tried once more by itself: second tries are those.",
  ];
  for (const result of results) parts.push(...details(result));
  return parts.join("\n") + "\n";
}

function details(result: EngineResult): string[] {
  const failed = [
    ...result.suites?.failed ?? [],
    ...result.budget?.failed ?? [],
  ].map(({ name, reason }) => `- ${name}: ${firstLine(reason)}`);
  const again = [result.suites, result.budget]
    .flatMap((outcome) => outcome?.secondTry ?? []);
  if (result.soak?.ok === false) failed.push(`- soak: ${result.soak.words}`);
  const apart = Map.groupBy(result.notApplicable, ({ reason }) => reason);
  const lines: string[] = [];
  if (failed.length > 0) {
    lines.push("", `## Failed with ${result.engine}`, "", ...failed);
  }
  if (again.length > 0) {
    lines.push("", `## At a second try with ${result.engine}`, "");
    lines.push(...again.map((name) => `- ${name}`));
  }
  if (apart.size > 0) {
    lines.push("", `## Not applicable to ${result.engine}`, "");
    for (const [reason, tests] of apart) {
      lines.push(`- ${reason}: ${tests.map(({ name }) => name).join("; ")}`);
    }
  }
  return lines;
}

function count(outcome?: Outcome): string {
  if (outcome === undefined) return "not run";
  const { passed, failed, notRun, secondTry = [] } = outcome;
  const more = notRun.length > 0 ? `, ${notRun.length} not run` : "";
  const again = secondTry.length > 0
    ? ` (${secondTry.length} at a second try)`
    : "";
  return `${passed.length} passed${again}, ${failed.length} failed${more}`;
}

function firstLine(text: string): string {
  return text.split("\n").map((line) => line.trim()).filter(Boolean)
    .slice(0, 1).join("").slice(0, 200);
}
