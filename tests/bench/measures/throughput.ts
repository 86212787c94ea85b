import { type Bench, interleave, type Reading, type Task } from "../bench.ts";
import { type Load, type Middle, throughput } from "../pipeline.ts";
import type { Measure } from "../results.ts";

const GIB = 1 << 30;
const MIB = 1 << 20;

interface Case {
  id: string;
  what: string;
  load: Load;
  /** What else than a shim the load is sent through. */
  floors: ("cat" | "direct")[];
}

function cases(quick: boolean): Case[] {
  const total = quick ? 256 * MIB : GIB;
  const terminalTotal = quick ? 32 * MIB : 256 * MIB;
  const block = 64 << 10;
  return [
    {
      id: "stdout64",
      what: "stdout, 64 KiB writes",
      load: { stream: "stdout", total, block },
      floors: ["cat", "direct"],
    },
    {
      id: "stdout4",
      what: "stdout, 4 KiB writes",
      load: { stream: "stdout", total, block: 4 << 10 },
      floors: ["cat", "direct"],
    },
    {
      id: "stdin",
      what: "stdin, 64 KiB writes",
      load: { stream: "stdin", total, block },
      floors: ["cat"],
    },
    {
      id: "terminal",
      what: "terminal",
      load: { stream: "terminal", total: terminalTotal, block },
      floors: ["cat", "direct"],
    },
  ];
}

/** How much goes through, and what it costs the processor. */
export async function measureThroughput(bench: Bench): Promise<void> {
  const rounds = Math.ceil(bench.runs / 3);
  for (const example of cases(bench.quick)) {
    const middles: [string, Middle][] = [
      ...bench.subjects.map(({ name, path }): [string, Middle] => [
        name,
        { kind: "shim", path },
      ]),
      ...example.floors.map((kind): [string, Middle] => [kind, { kind }]),
    ];
    const tasks = middles.map(([program, middle]): Task => async () => {
      const result = await throughput(bench.workplace, middle, example.load);
      return readings(example, program, result);
    });
    await interleave(bench, `throughput, ${example.what}`, rounds, tasks);
  }
}

function readings(
  { id, what }: Case,
  program: string,
  { rate, cpu }: { rate: number; cpu: number },
): Reading[] {
  const rateMeasure: Omit<Measure, "series"> = {
    id: `throughput.${id}`,
    group: "throughput",
    what,
    unit: "MB/s",
    better: "higher",
  };
  const cpuMeasure: Omit<Measure, "series"> = {
    id: `throughput.${id}.cpu`,
    group: "throughput",
    what: `${what}: processor time`,
    unit: "s/GB",
    better: "lower",
  };
  const all = [
    { measure: rateMeasure, program, value: rate },
    { measure: cpuMeasure, program, value: cpu },
  ];
  return all.filter(({ value }) => !Number.isNaN(value));
}
