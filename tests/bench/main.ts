import { optionsOf } from "../support/options.ts";
import type { Bench, Subject } from "./bench.ts";
import { thisMachine } from "./machine.ts";
import { measureExit } from "./measures/exit.ts";
import { measureIdle } from "./measures/idle.ts";
import { measureLatency } from "./measures/latency.ts";
import { measureMemory } from "./measures/memory.ts";
import { measureSize } from "./measures/size.ts";
import { measureStart } from "./measures/start.ts";
import { measureThroughput } from "./measures/throughput.ts";
import { DECLARED, type Options, USAGE, withDefaults } from "./options.ts";
import { privateCopy } from "./programs.ts";
import { Progress } from "./progress.ts";
import { asJson, asMarkdown, asSvg, type Report } from "./report.ts";
import { type Group, OURS, Results } from "./results.ts";
import { Workplace } from "./workplace.ts";

const MEASURES: Record<Group, (bench: Bench) => Promise<void>> = {
  start: measureStart,
  exit: measureExit,
  throughput: measureThroughput,
  latency: measureLatency,
  memory: measureMemory,
  idle: measureIdle,
  size: measureSize,
};

async function run(options: Options): Promise<Report> {
  const machine = thisMachine();
  await using workplace = new Workplace();
  endOnInterrupt(workplace);
  const bench: Bench = {
    workplace,
    subjects: subjectsOf(options, workplace),
    runs: options.runs,
    quick: options.quick,
    results: new Results(),
    progress: new Progress(),
  };
  for (const group of options.only) await MEASURES[group](bench);
  return { machine, options, measures: bench.results.measures };
}

/** Ours first. */
function subjectsOf(options: Options, workplace: Workplace): Subject[] {
  const given = [
    [OURS, options.shim],
    ["baseline", options.baseline],
    ["upstream", options.upstream],
  ] as const;
  return given.flatMap(([name, path]) => {
    if (path === undefined) return [];
    return [{ name, path: privateCopy(path, workplace.directory()) }];
  });
}

let interrupted = false;

function endOnInterrupt(workplace: Workplace): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, async () => {
      interrupted = true;
      await workplace[Symbol.asyncDispose]();
      Deno.exit(130);
    });
  }
}

/** What was under way fails when it is interrupted, and nobody cares why. */
async function orInterrupted<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!interrupted) throw error;
    return await new Promise(() => {});
  }
}

function write(report: Report, { json, markdown, svg }: Options): void {
  if (json !== undefined) Deno.writeTextFileSync(json, asJson(report));
  const words = asMarkdown(report);
  if (markdown !== undefined) Deno.writeTextFileSync(markdown, words);
  if (svg !== undefined) Deno.writeTextFileSync(svg, asSvg(report));
  console.log(words);
}

const options = withDefaults(optionsOf(USAGE, DECLARED));
write(await orInterrupted(run(options)), options);
// The listeners for signals would keep it alive.
Deno.exit(0);
