import type { Bench, Subject } from "../bench.ts";
import { MemoryCgroup } from "../cgroup.ts";
import { EMPTY_PROGRAM, waitingProgram } from "../programs.ts";
import { type Footprint, footprint } from "../process_costs.ts";
import type { Measure } from "../results.ts";
import { Session } from "../session.ts";
import { untilIdle } from "../waiting.ts";

interface Figure {
  name: keyof Footprint;
  what: string;
  /** Memory is told in MB, everything else as a number. */
  unit: "MB" | "";
  /** The most that an idle shim may have. */
  target?: number;
}

const MEMORY: readonly Figure[] = [
  { name: "privateDirty", what: "private dirty", unit: "MB" },
  { name: "rss", what: "resident set (RSS)", unit: "MB", target: 25 },
  { name: "pss", what: "proportional share (PSS)", unit: "MB" },
];

const NUMBERS: readonly Figure[] = [
  { name: "threads", what: "threads", unit: "" },
  { name: "descriptors", what: "file descriptors", unit: "" },
];

/** The kernel says kB and means 1024 bytes; MB are 10⁶ bytes here. */
const KB_PER_MB = 1e6 / 1024;

/** What all idle shims of a crowd use together, in kB. */
interface Usage {
  count: number;
  pss: number;
  cgroup: number | undefined;
}

/** What idle shims keep, as their number grows. */
export async function measureMemory(bench: Bench): Promise<void> {
  const crowds = bench.quick ? [1, 10] : [1, 10, 50, 100];
  const stable = bench.quick ? 2_000 : 5_000;
  for (const subject of bench.subjects) {
    await measureCrowds(bench, subject, crowds, stable);
  }
  await measureEmptyProgram(bench, stable);
}

async function measureCrowds(
  bench: Bench,
  subject: Subject,
  crowds: readonly number[],
  stable: number,
): Promise<void> {
  await using resources = new AsyncDisposableStack();
  const group = MemoryCgroup.create(`shim-bench-${Deno.pid}`);
  if (group !== undefined) resources.use(bench.workplace.keep(group));
  const label = `memory of ${subject.name}`;
  const pids: number[] = [];
  const usage: Usage[] = [];
  for (const count of crowds) {
    while (pids.length < count) {
      bench.progress.step(label, pids.length, count);
      const session = resources.use(
        new Session(bench.workplace, {
          shim: subject.path,
          init: ["pause"],
          cgroup: group?.members,
        }),
      );
      await session.running();
      recordStarted(bench, subject, footprint(session.pid));
      pids.push(session.pid);
    }
    const idle = await untilIdle(pids, stable);
    recordIdle(bench, subject.name, count, idle);
    const pss = idle.reduce((sum, one) => sum + one.pss, 0);
    usage.push({ count, pss, cgroup: group?.usage });
    bench.progress.done(`${label}, ${count} at once`);
  }
  recordMarginal(bench, subject, usage);
}

/** The share of each changes with the number of the others: left out here. */
function recordStarted(
  bench: Bench,
  subject: Subject,
  started: Footprint,
): void {
  for (const figure of MEMORY.filter(({ name }) => name !== "pss")) {
    const id = `${figure.name}.started`;
    const what = `${figure.what}, right after the start`;
    record(bench, id, what, { ...figure, target: undefined }, subject.name, [
      started,
    ]);
  }
}

function recordIdle(
  bench: Bench,
  program: string,
  count: number,
  idle: readonly Footprint[],
): void {
  const each = count === 1 ? "" : `, each of ${count}`;
  const figures = count === 1 ? [...MEMORY, ...NUMBERS] : MEMORY;
  for (const figure of figures) {
    const id = `${figure.name}.idle.${count}`;
    record(bench, id, `${figure.what}, idle${each}`, figure, program, idle);
  }
}

function record(
  bench: Bench,
  id: string,
  what: string,
  { name, unit, target }: Figure,
  program: string,
  footprints: readonly Footprint[],
): void {
  const scale = unit === "MB" ? KB_PER_MB : 1;
  for (const one of footprints) {
    const measure = { ...about(id, what), unit, target };
    bench.results.add(measure, program, one[name] / scale);
  }
}

/** By how much the whole grows with one more shim. */
function recordMarginal(
  bench: Bench,
  subject: Subject,
  usage: readonly Usage[],
): void {
  const first = usage[0];
  const last = usage[usage.length - 1];
  const add = (id: string, what: string, kilobytes: number) =>
    bench.results.add(
      about(`marginal.${id}`, `one more idle shim, ${what}`),
      subject.name,
      kilobytes / (last.count - first.count) / KB_PER_MB,
    );
  add("pss", "PSS", last.pss - first.pss);
  if (last.cgroup !== undefined && first.cgroup !== undefined) {
    add("cgroup", "memory cgroup", last.cgroup - first.cgroup);
  }
}

/** The floor: a program of the same denort that only waits. */
async function measureEmptyProgram(
  bench: Bench,
  stable: number,
): Promise<void> {
  const directory = bench.workplace.directory();
  await using program = await waitingProgram(directory);
  const idle = await untilIdle([program.pid], stable);
  recordIdle(bench, EMPTY_PROGRAM, 1, idle);
}

function about(id: string, what: string): Omit<Measure, "series"> {
  const unit = "MB";
  return { id: `memory.${id}`, what, group: "memory", unit, better: "lower" };
}
