import { mkfifo } from "../../support/posix.ts";
import { type Bench, interleave, type Reading, type Task } from "../bench.ts";
import { helper, helperNumbers } from "../helper.ts";
import type { Measure } from "../results.ts";
import { Session } from "../session.ts";
import { Stamps } from "../stamps.ts";
import { quantile } from "../statistics.ts";

const ROUND_TRIPS = 5_000;

function time(id: string, what: string): Omit<Measure, "series"> {
  return { id, what, group: "latency", unit: "µs", better: "lower" };
}

const NAMES = {
  pipes: "a byte to stdin and back from stdout",
  terminal: "a byte to the terminal and back",
} as const;

/** One byte there and back again, through a container that echoes it. */
export async function measureLatency(bench: Bench): Promise<void> {
  const rounds = Math.ceil(bench.runs / 3);
  const tasks: Task[] = bench.subjects.flatMap(({ name, path }) => [
    async () => readings("pipes", name, await throughShim(bench, path, false)),
    async () =>
      readings("terminal", name, await throughShim(bench, path, true)),
  ]);
  tasks.push(async () =>
    readings("pipes", "without a shim", await direct(bench))
  );
  await interleave(bench, "latency", rounds, tasks);
}

async function throughShim(
  bench: Bench,
  shim: string,
  terminal: boolean,
): Promise<number[]> {
  const ended = new AbortController();
  await using session = new Session(bench.workplace, {
    shim,
    init: ["echo", "STAMPS"],
    terminal,
    stdoutReader: "other",
  });
  try {
    const streams = [session.stream("stdin"), session.stream("stdout")];
    // Opens stdout for reading, which the shim waits for.
    const times = pingpong([...streams, session.gatePath], ended.signal);
    await session.running();
    await session.stamps.take("ready");
    session.openGate();
    return await times;
  } finally {
    ended.abort();
  }
}

/** The container alone, between two FIFOs. */
async function direct(bench: Bench): Promise<number[]> {
  const directory = bench.workplace.directory();
  const [input, output, gate] = ["in", "out", "gate"].map((name) => {
    mkfifo(`${directory}/${name}`, 0o600);
    return `${directory}/${name}`;
  });
  using stamps = new Stamps(`${directory}/stamps`);
  const script = 'exec "$0" echo "$1" <"$2" >"$3"';
  const echo = new Deno.Command("/bin/sh", {
    args: ["-c", script, helper(), stamps.path, input, output],
  }).spawn();
  const times = pingpong([input, output, gate]);
  await stamps.take("ready");
  await Deno.writeFile(gate, new Uint8Array(1));
  await echo.status;
  return await times;
}

/**
 * The times of the round trips in nanoseconds, in order of size.
 *
 * @param paths of the FIFOs that lead there and back, and of the gate
 */
async function pingpong(
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<number[]> {
  const args = ["pingpong", ...paths, `${ROUND_TRIPS}`];
  const lines = await helperNumbers(args, signal);
  return lines.flat().sort((a, b) => a - b);
}

function readings(
  kind: keyof typeof NAMES,
  program: string,
  sorted: number[],
): Reading[] {
  return [
    {
      measure: time(`latency.${kind}`, NAMES[kind]),
      program,
      value: quantile(sorted, 0.5) / 1000,
    },
    {
      measure: time(`latency.${kind}.p99`, `${NAMES[kind]}, 99th percentile`),
      program,
      value: quantile(sorted, 0.99) / 1000,
    },
  ];
}
