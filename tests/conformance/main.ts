/**
 * Holds a shim against what upstream's binaries do, scenario by scenario:
 *
 *     main.ts [--shim PATH] [--upstream PATH] [--versions LIST] [--match REGEX]
 *             [--quick] [--jobs N] [--json FILE] [--markdown FILE]
 *
 * Without `--upstream` it is compared with the recordings of 0.2.8 and 0.2.9,
 * or of the versions in the list (`all`, or some of them like `0.2.3,0.2.5`);
 * with it, both binaries are run. `--quick` leaves out what waits for limits of
 * 15 s. Exit status 1 when something differs that `differences.ts` does not
 * explain.
 */
import { cpus, release } from "node:os";
import { parseArgs } from "node:util";
import { defaultShim } from "../support/build.ts";
import { compareAll } from "./comparison.ts";
import { DELIBERATE } from "./differences.ts";
import { FOLLOWED, type Version, VERSIONS } from "./recordings.ts";
import { THEMES } from "./scenarios/all.ts";
import { isFault } from "./cell.ts";
import { asMarkdown, asText, faultDetails, type Table } from "./table.ts";

const USAGE =
  "usage: main.ts [--shim PATH] [--upstream PATH] [--versions LIST|all]\n" +
  "               [--match REGEX] [--quick] [--jobs N] [--json FILE] [--markdown FILE]";

async function main(): Promise<number> {
  const options = readOptions();
  if (!options) return 2;
  const { shim, upstream, versions, match, quick, jobs, json, markdown } =
    options;
  const from = performance.now();
  const { cells, columns, unsteady } = await compareAll({
    shim,
    upstream,
    versions,
    wanted: ({ name, slow }) =>
      (!match || new RegExp(match).test(name)) && !(quick && slow),
    workers: jobs,
    progress,
  });
  progressEnd();
  if (cells.size === 0) {
    console.error("No scenario has such a name");
    return 2;
  }
  const table: Table = {
    themes: THEMES,
    cells,
    columns,
    deliberate: DELIBERATE,
    against: upstream
      ? "both binaries run side by side"
      : "held against the recordings of upstream's binaries",
    machine: `${cpus().length} processors, Linux ${release()}`,
    date: new Date().toISOString().slice(0, 10),
  };
  console.log(asText(table));
  if (unsteady.size > 0) {
    console.log("\nOnly at first, not when played alone:");
    console.log(faultDetails(unsteady).join("\n"));
  }
  console.log(`${((performance.now() - from) / 1000).toFixed(0)} s`);
  if (json) {
    const rows = Object.fromEntries(
      [...cells].map(([name, row]) => [name, Object.fromEntries(row)]),
    );
    const { machine, date } = table;
    writeFile(
      json,
      JSON.stringify({ shim, machine, date, rows }, null, 1) + "\n",
    );
  }
  if (markdown) {
    writeFile(markdown, asMarkdown(table));
  }
  return [...cells.values()].some((row) => [...row.values()].some(isFault))
    ? 1
    : 0;
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        shim: { type: "string" },
        upstream: { type: "string" },
        versions: { type: "string" },
        match: { type: "string" },
        quick: { type: "boolean" },
        jobs: { type: "string" },
        json: { type: "string" },
        markdown: { type: "string" },
      },
    });
    const upstream = values.upstream ?? Deno.env.get("UPSTREAM");
    return {
      ...values,
      shim: Deno.realPathSync(values.shim ?? defaultShim()),
      upstream: upstream ? Deno.realPathSync(upstream) : undefined,
      versions: versionsIn(values.versions),
      // Scenarios mostly wait, so there may be more of them than processors.
      jobs: Number(values.jobs ?? 2 * cpus().length),
    };
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    console.error(USAGE);
    return undefined;
  }
}

function versionsIn(list: string | undefined): readonly Version[] {
  if (list === undefined) return FOLLOWED;
  if (list === "all") return VERSIONS;
  return list.split(",").map((name) => {
    const version = VERSIONS.find((one) => one === name);
    if (!version) {
      throw new Error(`There are recordings of ${VERSIONS.join(", ")}`);
    }
    return version;
  });
}

function progress(done: number, all: number, name: string): void {
  if (Deno.stderr.isTerminal()) {
    write(`\r\x1b[K[${done}/${all}] ${name}`);
  } else if (done % 25 === 0 || done === all) {
    write(`[${done}/${all}] ${name}\n`);
  }
}

function progressEnd(): void {
  if (Deno.stderr.isTerminal()) write("\r\x1b[K");
}

function write(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}

function writeFile(path: string, text: string): void {
  const slash = path.lastIndexOf("/");
  if (slash > 0) Deno.mkdirSync(path.slice(0, slash), { recursive: true });
  Deno.writeTextFileSync(path, text);
}

if (import.meta.main) Deno.exit(await main());
