import { type Bench, interleave, type Reading, type Task } from "../bench.ts";
import { helper, lifetime } from "../helper.ts";
import {
  compiledProgram,
  EMPTY,
  EMPTY_PROGRAM,
  FIRST_LINE,
} from "../programs.ts";
import type { Measure } from "../results.ts";
import { type Caller, containerStartTime } from "../runc_container.ts";
import { Session } from "../session.ts";
import { Stamps } from "../stamps.ts";

/** Of execs in a container that has many. */
const CROWD_SIZE = 30;

function time(id: string, what: string): Omit<Measure, "series"> {
  return { id, what, group: "start", unit: "ms", better: "lower" };
}

const PIPES = time("start.pipes", "exec of the shim → runtime's create");
const TERMINAL = time("start.terminal", `${PIPES.what}, terminal`);
const FIRST = time("start.first", "an empty program: exec → its first line");
const CONTAINER = time(
  "start.container",
  "exec of the shim → first instruction of the container, with runc",
);
const OVER = {
  ...time("start.over", "start over that of an empty program"),
  target: 5,
  isDifference: true,
};
const CPU = time("start.cpu", "processor time of a start");
const CROWD = time("start.crowd", `${CROWD_SIZE} starts at once`);
const CROWD_CPU = time("start.crowd.cpu", `${CPU.what}, ${CROWD_SIZE} at once`);

/** The runtime, called by nobody. */
const ALONE = "without a shim";

/** From the exec of the shim to that of the runtime, and to the container. */
export async function measureStart(bench: Bench): Promise<void> {
  const directory = bench.workplace.directory();
  const empty = await compiledProgram(`${directory}/empty`, EMPTY);
  const first = await compiledProgram(`${directory}/first`, FIRST_LINE);

  await interleave(bench, "start", bench.runs, [
    ...bench.subjects.flatMap(({ name, path }): Task[] => [
      () => startTime(bench, name, path, false),
      () => startTime(bench, name, path, true),
    ]),
    () => emptyLife(empty),
    async () => [{
      measure: FIRST,
      program: EMPTY_PROGRAM,
      value: (await lifetime(first)).first,
    }],
    async () => [{
      measure: PIPES,
      program: ALONE,
      value: await runtimeAlone(bench),
    }],
  ]);
  const programs = bench.subjects.map(({ name }) => name);
  bench.results.addDifference(
    OVER,
    { id: PIPES.id, programs },
    { id: PIPES.id, program: EMPTY_PROGRAM },
  );
  await interleave(bench, "starts at once", Math.ceil(bench.runs / 4), [
    ...bench.subjects.map(({ name, path }): Task => () =>
      crowd(name, () => shimsStart(bench, path))
    ),
    () => crowd(EMPTY_PROGRAM, async () => (await lifetime(empty)).cpu),
  ]);
  await measureContainers(bench);
}

async function startTime(
  bench: Bench,
  program: string,
  shim: string,
  terminal: boolean,
): Promise<Reading[]> {
  await using session = new Session(bench.workplace, {
    shim,
    init: ["pause"],
    terminal,
  });
  const { exec, create, cpu } = await session.running();
  const value = (create.at - exec.at) / 1e6;
  if (terminal) return [{ measure: TERMINAL, program, value }];
  return [
    { measure: PIPES, program, value },
    { measure: CPU, program, value: cpu },
  ];
}

/** Its whole life: it has nothing to call. */
async function emptyLife(empty: string): Promise<Reading[]> {
  const { end, cpu } = await lifetime(empty);
  return [
    { measure: PIPES, program: EMPTY_PROGRAM, value: end },
    { measure: CPU, program: EMPTY_PROGRAM, value: cpu },
  ];
}

/** @returns the processor time until the runtime runs, in ms */
async function shimsStart(bench: Bench, shim: string): Promise<number> {
  await using session = new Session(bench.workplace, { shim, init: ["pause"] });
  return (await session.running()).cpu;
}

/** @param start returns the processor time of one, in ms */
async function crowd(
  program: string,
  start: () => Promise<number>,
): Promise<Reading[]> {
  const began = performance.now();
  let last = began;
  const costs = await Promise.all(
    Array.from({ length: CROWD_SIZE }, async () => {
      const cost = await start();
      last = Math.max(last, performance.now());
      return cost;
    }),
  );
  return [
    { measure: CROWD, program, value: last - began },
    {
      measure: CROWD_CPU,
      program,
      value: costs.reduce((a, b) => a + b, 0) / CROWD_SIZE,
    },
  ];
}

/** The floor: what the exec of the runtime takes. */
async function runtimeAlone(bench: Bench): Promise<number> {
  const directory = bench.workplace.directory();
  const runtime = `${directory}/runtime`;
  Deno.copyFileSync(helper(), runtime);
  using stamps = new Stamps(`${directory}/stamps`);
  await new Deno.Command(helper(), {
    args: ["launch", stamps.path, "-", runtime, "delete", "bench"],
  }).output();
  const [exec, ran] = [await stamps.take("exec"), await stamps.take("delete")];
  return (ran.at - exec.at) / 1e6;
}

async function measureContainers(bench: Bench): Promise<void> {
  const callers: { name: string; caller: Caller }[] = [
    ...bench.subjects.map(({ name, path }) => ({
      name,
      caller: { kind: "shim", path } as const,
    })),
    { name: ALONE, caller: { kind: "nobody" } },
  ];
  const tasks: Task[] = [];
  for (const { name, caller } of callers) {
    const start = () => containerStartTime(bench.workplace, caller);
    try {
      await start();
    } catch (error) {
      const reason = (error as Error).message;
      bench.progress.note(`No container with runc by ${name}: ${reason}`);
      continue;
    }
    tasks.push(async () => [
      { measure: CONTAINER, program: name, value: await start() },
    ]);
  }
  await interleave(bench, "start of a container", bench.runs, tasks);
}
