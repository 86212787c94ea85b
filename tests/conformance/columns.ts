/** What there is to compare with, and how ours is played for it. */
import type { Expected } from "./compare.ts";
import type { Order } from "./pool.ts";
import { readRecordings, type Version } from "./recordings.ts";
import type { Scenario } from "./scenarios/scenario.ts";
import type { Flags, Setting } from "./worker.ts";

/** One column of the table. */
export interface Column {
  title: string;
  /** How ours is played for this column. */
  order(scenario: Scenario): Order;
  /** What upstream did. */
  expected(scenario: string): Expected | { error: string };
}

/** The Docker version to which ours is set for an old one's column. */
const GENERATION = "DOCKER_CONTAINERD_SHIM_GENERATION";

/** The runtimes up to 0.2.8, and the form of capabilities by which ours knows their daemons. */
const LEGACY = {
  flags: "legacy",
  process: { capabilities: ["CAP_KILL"] },
} as const;

/** The runtimes of that time, and the setting that its daemon needs. */
const SETTINGS: Readonly<Record<Version, Setting>> = {
  "0.2.2": { ...LEGACY, environment: { [GENERATION]: "1.11" } },
  "0.2.3": { ...LEGACY, environment: { [GENERATION]: "1.12" } },
  "0.2.5": { ...LEGACY, environment: { [GENERATION]: "1.12.5" } },
  "0.2.8": LEGACY,
  "0.2.9": { flags: "modern" },
};

/** A column of what was recorded. */
export function recordedColumn(version: Version, shim: string): Column {
  const recordings = readRecordings(version);
  return {
    title: version,
    order: (scenario) => orderFor(scenario, shim, SETTINGS[version]),
    expected: (name) =>
      recordings.get(name) ?? { error: "there is no recording" },
  };
}

/** A column of what another binary does beside ours. */
export function liveColumn(
  shim: string,
  flags: Flags,
  expected: Column["expected"],
): Column {
  return {
    title: "upstream",
    order: (scenario) =>
      orderFor(scenario, shim, flags === "legacy" ? LEGACY : { flags }),
    expected,
  };
}

/**
 * Without a terminal no runtime is given a console flag and nobody asks for
 * the age of the daemon: one run serves for all.
 */
function orderFor(
  { name, terminal }: Scenario,
  shim: string,
  { environment, ...setting }: Setting,
): Order {
  const terminals = terminal ? setting : { flags: "modern" } as const;
  return { ...terminals, environment, scenario: name, shim };
}
