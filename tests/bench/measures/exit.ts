import { type Bench, interleave, type Reading, type Task } from "../bench.ts";
import { Tool } from "../helper.ts";
import type { Measure } from "../results.ts";
import { Session, type SessionOptions } from "../session.ts";
import type { Stamp } from "../stamps.ts";
import { untilAtRest, untilIdle } from "../waiting.ts";

function time(id: string, what: string): Omit<Measure, "series"> {
  return { id, what, group: "exit", unit: "ms", better: "lower" };
}

const STEPS = [
  time("exit.exitStatus", "end of the container → exitStatus written"),
  time("exit.kill", "end of the container → runtime's kill"),
  time("exit.delete", "end of the container → runtime's delete"),
  time("exit.exit", "end of the container → exit closed"),
];
const TERMINAL = time("exit.terminal", `${STEPS[3].what}, terminal`);
const SETTLED = time("exit.settled", `${STEPS[3].what}, after a long life`);

/** After how long without a change a shim counts as settled, in ms. */
const STABLE = 2_000;

/** From the last act of the container to what the daemon waits for. */
export async function measureExit(bench: Bench): Promise<void> {
  const { subjects, workplace } = bench;
  await interleave(
    bench,
    "exit",
    bench.runs,
    subjects.flatMap(({ name, path }): Task[] => [
      async () =>
        stepReadings(name, await endOf(workplace, path, { settled: false })),
      async () => {
        const options = { settled: false, terminal: true };
        const { exit } = await endOf(workplace, path, options);
        return [{ measure: TERMINAL, program: name, value: exit! }];
      },
    ]),
  );
  await interleave(
    bench,
    "exit after a long life",
    Math.ceil(bench.runs / 4),
    subjects.map(({ name, path }): Task => async () => {
      const { exit } = await endOf(workplace, path, { settled: true });
      return [{ measure: SETTLED, program: name, value: exit! }];
    }),
  );
}

/** In milliseconds after the end; upstream up to 0.2.5 omits some steps. */
type End = { [step: string]: number | undefined };

function stepReadings(program: string, end: End): Reading[] {
  return STEPS.flatMap((measure) => {
    const value = end[measure.id.slice("exit.".length)];
    return value === undefined ? [] : [{ measure, program, value }];
  });
}

async function endOf(
  workplace: Bench["workplace"],
  shim: string,
  options: { settled: boolean; terminal?: boolean },
): Promise<End> {
  const init: SessionOptions["init"] = ["end", "STAMPS", "GATE"];
  const { terminal } = options;
  await using session = new Session(workplace, { shim, init, terminal });
  const { stamps } = session;
  await session.running();
  await stamps.take("ready");
  await using _watcher = new Tool(["watch", session.state, stamps.path]);
  await stamps.take("watching");
  if (options.settled) await untilIdle([session.pid], STABLE);
  await untilAtRest(session.pid);
  session.openGate();
  const began = (await stamps.take("end")).at;
  const exit = await stamps.take("exit");
  const since = (stamp?: Stamp) => stamp && (stamp.at - began) / 1e6;
  return {
    exitStatus: since(stamps.taken("exitStatus")),
    kill: since(stamps.taken("kill")),
    delete: since(stamps.taken("delete")),
    exit: since(exit),
  };
}
