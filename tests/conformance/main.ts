/**
 * Holds a shim against what upstream's binaries do, scenario by scenario. Exit
 * status 1 when something differs that `differences.ts` does not explain.
 */
import { cpus, release } from "node:os";
import { dirname } from "@std/path/posix/dirname";
import { defaultShim } from "../support/build.ts";
import { count, existing, pattern, text } from "../support/option_values.ts";
import { FLAG, optionsOf } from "../support/options.ts";
import { compareAll } from "./comparison.ts";
import { REASONS } from "./differences.ts";
import { FOLLOWED, type Version, VERSIONS } from "./recordings.ts";
import { isFault } from "./cell.ts";
import { faultDetails } from "./fault_details.ts";
import { scenarioLines } from "./scenario_lines.ts";
import { SCENARIOS, THEMES } from "./scenarios/all.ts";
import { inWords } from "./summary.ts";
import { unused } from "./unused.ts";

const USAGE = `Usage: main.ts [options]

  --shim PATH       what to compare (build/docker-containerd-shim)
  --upstream PATH   compare it with this binary, run beside it, and not with
                    the recordings
  --versions LIST   which recordings, of ${VERSIONS.join(",")}, or all
                    (${FOLLOWED.join(",")})
  --match REGEX     only scenarios with such a name
  --quick           leave out what waits for limits of 15 s
  --jobs N          how many scenarios at once (twice the processors: they
                    mostly wait)
  --json FILE       writes all that was seen
  --markdown FILE   writes the table
  --help`;

async function main(): Promise<number> {
  const { versions, match, quick, jobs, json, markdown, ...given } = optionsOf(
    USAGE,
    {
      shim: existing,
      upstream: existing,
      versions: versionsIn,
      match: pattern,
      quick: FLAG,
      jobs: count,
      json: text,
      markdown: text,
    },
  );
  const shim = given.shim ?? Deno.realPathSync(defaultShim());
  const { upstream } = given;
  const from = performance.now();
  const { cells, columns, unsteady } = await compareAll({
    shim,
    upstream,
    versions: versions ?? FOLLOWED,
    wanted: ({ name, slow }) =>
      (!match || match.test(name)) && !(quick && slow),
    workers: jobs ?? 2 * cpus().length,
    progress,
  });
  if (cells.size === 0) {
    console.error("No scenario has such a name");
    return 2;
  }
  const summary = inWords({
    cells,
    columns,
    reasons: REASONS,
    against: upstream
      ? "both binaries run side by side"
      : "held against the recordings of upstream's binaries",
    machine: `${cpus().length} processors, Linux ${release()}`,
    date: new Date().toISOString().slice(0, 10),
  });
  console.log(summary);
  if (unsteady.size > 0) {
    console.log("Only at first, not when played alone:\n");
    console.log(faultDetails(unsteady).join("\n"));
  }
  if (versions === VERSIONS && cells.size === SCENARIOS.size) {
    const idle = unused(cells, REASONS);
    if (idle.length > 0) console.log("Reasons without a use:\n");
    for (const one of idle) console.log(`  ${one}`);
  }
  console.log(`${((performance.now() - from) / 1000).toFixed(0)} s`);
  if (json) writeFile(json, scenarioLines(THEMES, cells));
  if (markdown) writeFile(markdown, summary);
  return [...cells.values()].some((row) => [...row.values()].some(isFault))
    ? 1
    : 0;
}

function versionsIn(list: string): readonly Version[] {
  if (list === "all") return VERSIONS;
  return list.split(",").map((name) => {
    const version = VERSIONS.find((one) => one === name);
    if (version) return version;
    throw new Error(`takes some of ${VERSIONS.join(",")}, not "${name}"`);
  });
}

function progress(done: number, all: number, name: string): void {
  if (done % 25 === 0 || done === all) {
    console.error(`[${done}/${all}] ${name}`);
  }
}

function writeFile(path: string, text: string): void {
  Deno.mkdirSync(dirname(path), { recursive: true });
  Deno.writeTextFileSync(path, text);
}

if (import.meta.main) Deno.exit(await main());
