/**
 * Rewrites `recordings/*.jsonl` from the file that holds what the upstream
 * binaries did:
 *
 *     tools/deno run -A tests/conformance/import.ts /path/to/upstream-facts.json
 *
 * `recordings/README.md` says what is left out, and why.
 */
import { optionsOf } from "../support/options.ts";
import {
  LEFT_OUT_FACTS,
  type Recording,
  recordingPath,
  VERSIONS,
} from "./recordings.ts";

/** The shape of the source: version → scenario → what was seen in how many runs. */
interface UpstreamFacts {
  versions: Record<string, Record<string, UpstreamScenario>>;
}
interface UpstreamScenario {
  facts: Record<string, unknown>;
  varies?: Record<string, { value: unknown; runs: number }[]>;
}

/** 0.2.0, 0.2.1 and 0.2.2 have the same shim; the source names it 0.2.1. */
const NAME_IN_SOURCE: Record<string, string> = { "0.2.2": "0.2.1" };

function main(source: string): void {
  const { versions } = JSON.parse(
    Deno.readTextFileSync(source),
  ) as UpstreamFacts;
  for (const version of VERSIONS) {
    const scenarios = versions[NAME_IN_SOURCE[version] ?? version];
    const lines = Object.keys(scenarios).sort()
      .filter((name) => !name.startsWith("strace_"))
      .map((name) => JSON.stringify(recordingOf(name, scenarios[name])));
    Deno.writeTextFileSync(recordingPath(version), lines.join("\n") + "\n");
    console.log(`${version}: ${lines.length} scenarios`);
  }
}

function recordingOf(
  scenario: string,
  { facts, varies }: UpstreamScenario,
): Recording {
  const recording: Recording = { scenario, facts: withoutLeftOut(facts) };
  const also = Object.entries(varies ?? {})
    .filter(([fact]) => !LEFT_OUT_FACTS.has(fact))
    .map((
      [fact, seen],
    ) => [fact, seen.map((one) => withoutLeftOut(one.value))]);
  if (also.length > 0) recording.varies = Object.fromEntries(also);
  return recording;
}

function withoutLeftOut<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutLeftOut) as T;
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !LEFT_OUT_FACTS.has(key))
      .map(([key, inner]) => [key, withoutLeftOut(inner)]),
  ) as T;
}

if (import.meta.main) {
  const source = "UPSTREAM-FACTS.json";
  main(optionsOf(`Usage: import.ts ${source}`, {}, [source]).operands[0]);
}
