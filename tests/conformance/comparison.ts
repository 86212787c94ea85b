/** Plays the scenarios and compares what they show, column by column. */
import { isThere } from "../support/look.ts";
import { BUNDLE } from "../support/runc.ts";
import { type Cell, isFault } from "./cell.ts";
import { type Column, liveColumn, recordedColumn } from "./columns.ts";
import { compare } from "./compare.ts";
import { REASONS } from "./differences.ts";
import { type Order, type Outcome, playAll } from "./pool.ts";
import { FOLLOWED, type Version } from "./recordings.ts";
import { SCENARIOS } from "./scenarios/all.ts";
import type { Scenario } from "./scenarios/scenario.ts";
import { withoutToolchain } from "./toolchain.ts";
import type { Flags, Result } from "./worker.ts";

/** What is to be compared. */
export interface Wishes {
  shim: string;
  /** A binary that is run beside ours; without it the recordings are taken. */
  upstream?: string;
  /** Which recordings. Default: those whose behaviour ours has by default. */
  versions?: readonly Version[];
  wanted: (scenario: Scenario) => boolean;
  workers: number;
  /** False: what differs is not played once more. */
  secondTry?: boolean;
  progress?: (done: number, all: number, name: string) => void;
}

/** A row for each scenario that was wanted, a cell for each column. */
export interface Comparison {
  columns: string[];
  cells: Map<string, Map<string, Cell>>;
  /** What differed at first, but not when it was played alone. */
  unsteady: Comparison["cells"];
}

/**
 * Compares everything that is wanted and can be played here. What differs is
 * played once more with the machine to itself: some facts depend on how long
 * things take.
 */
export async function compareAll(wishes: Wishes): Promise<Comparison> {
  const first = await compareOnce(wishes);
  const again = namesOfFaults(first.cells);
  if (again.size === 0 || wishes.secondTry === false) return first;
  const second = await compareOnce({
    ...wishes,
    wanted: ({ name }) => again.has(name),
    workers: 1,
  });
  const stillFaults = namesOfFaults(second.cells);
  return {
    columns: first.columns,
    cells: new Map([...first.cells].map(([name, row]) => [
      name,
      second.cells.get(name) ?? row,
    ])),
    unsteady: new Map(
      [...first.cells].filter(([name]) =>
        again.has(name) && !stillFaults.has(name)
      ),
    ),
  };
}

function namesOfFaults(cells: Comparison["cells"]): Set<string> {
  const faults = [...cells].filter(([, row]) =>
    [...row.values()].some(isFault)
  );
  return new Set(faults.map(([name]) => name));
}

async function compareOnce(wishes: Wishes): Promise<Comparison> {
  const { upstream } = wishes;
  return upstream
    ? await compareLive({ ...wishes, upstream })
    : await compareRecorded(wishes);
}

async function compareRecorded(wishes: Wishes): Promise<Comparison> {
  const { shim, versions = FOLLOWED } = wishes;
  const columns = versions.map((version) => recordedColumn(version, shim));
  const scenarios = [...SCENARIOS.values()].filter(wishes.wanted);
  const orders = playable(scenarios)
    .flatMap((one) => columns.map((column) => column.order(one)));
  const results = await playOrders(orders, wishes);
  return tabulate(scenarios, columns, results);
}

async function compareLive(
  wishes: Wishes & { upstream: string },
): Promise<Comparison> {
  const { shim, upstream } = wishes;
  const scenarios = [...SCENARIOS.values()].filter(wishes.wanted);
  const theirs = (scenario: string): Order => ({
    scenario,
    shim: upstream,
    flags: "both",
  });
  const column = liveColumn(
    shim,
    await consoleFlagOf(upstream),
    (scenario) => results.get(keyOf(theirs(scenario)))!,
  );
  // One after the other, so that both see the same state of the machine.
  const orders = playable(scenarios)
    .flatMap((one) => [column.order(one), theirs(one.name)]);
  const results = await playOrders(orders, wishes);
  return tabulate(scenarios, [column], results);
}

/** Which console flag a shim passes, seen with a runtime that takes either. */
async function consoleFlagOf(shim: string): Promise<Flags> {
  const order: Order = { scenario: "tty_output", shim, flags: "both" };
  const results = await playOrders([order], { workers: 1 });
  const seen = JSON.stringify([...results.values()]);
  return seen.includes("--console-socket") ? "modern" : "legacy";
}

function keyOf(
  { scenario, shim, flags, process = {}, environment = {} }: Order,
): string {
  return JSON.stringify([scenario, shim, flags, process, environment]);
}

/** Plays each order once, even if several columns have it. */
async function playOrders(
  orders: readonly Order[],
  { workers, progress }: Pick<Wishes, "workers" | "progress">,
): Promise<Map<string, Result>> {
  const different = new Map(orders.map((order) => [keyOf(order), order]));
  const results = new Map<string, Result>();
  const add = ({ order, result }: Outcome) => {
    results.set(keyOf(order), result);
    progress?.(results.size, different.size, order.scenario);
  };
  await playAll([...different.values()], workers, add);
  return results;
}

function tabulate(
  scenarios: readonly Scenario[],
  columns: readonly Column[],
  results: ReadonlyMap<string, Result>,
): Comparison {
  const cells = new Map(scenarios.map((scenario) => {
    const row = columns.map((column): [string, Cell] => {
      const why = missing(scenario);
      if (why) return [column.title, { kind: "left out", why }];
      const result = results.get(keyOf(column.order(scenario)))!;
      return [column.title, cellOf(scenario.name, column, result)];
    });
    return [scenario.name, new Map(row)];
  }));
  const titles = columns.map(({ title }) => title);
  return { columns: titles, cells, unsteady: new Map() };
}

function cellOf(scenario: string, column: Column, result: Result): Cell {
  if ("error" in result) return { kind: "failed", error: result.error };
  const expected = column.expected(scenario);
  if ("error" in expected) {
    return { kind: "failed", error: `upstream: ${expected.error}` };
  }
  const facts = withoutToolchain(scenario, expected.facts);
  return compare(
    { scenario, column: column.title },
    { ...expected, facts },
    result.facts,
    REASONS,
  );
}

function playable(scenarios: readonly Scenario[]): Scenario[] {
  return scenarios.filter((scenario) => !missing(scenario));
}

/** Why a scenario cannot be played on this machine; undefined when it can. */
function missing({ needs = [], bundle }: Scenario): string | undefined {
  const program = needs.find((name) => !isInPath(name));
  if (program) return `${program} is not installed`;
  if (bundle && !isThere(`${BUNDLE}/config.json`)) {
    return "there is no build/bundle (make rootfs)";
  }
  return undefined;
}

function isInPath(program: string): boolean {
  const directories = (Deno.env.get("PATH") ?? "").split(":");
  return [...directories, "/usr/sbin", "/sbin"]
    .some((directory) => isThere(`${directory}/${program}`));
}
