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
  target: 8,
  isDifference: true,
};

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
    // Its whole life: it has nothing to call.
    async () => [{
      measure: PIPES,
      program: EMPTY_PROGRAM,
      value: (await lifetime(empty)).end,
    }],
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
  const { exec, create } = await session.running();
  const value = (create.at - exec.at) / 1e6;
  return [{ measure: terminal ? TERMINAL : PIPES, program, value }];
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
