import assert from "node:assert/strict";
import { lifetime } from "./helper.ts";
import { throughput } from "./pipeline.ts";
import { footprint, sleeps } from "./process_costs.ts";
import {
  compiledProgram,
  EMPTY,
  privateCopy,
  waitingProgram,
} from "./programs.ts";
import { Session } from "./session.ts";
import { pass } from "./waiting.ts";
import { Workplace } from "./workplace.ts";
import { defaultShim } from "../support/build.ts";

/**
 * What the shim may cost. Nothing here is a time: where the speed of the
 * machine would matter, the same machine gives the measure in the same moment.
 * Beside each is what was measured when it was set, with room left for noise.
 */
const BUDGET = {
  /** Exec to the runtime's exec, in lives of an empty compiled program. */
  start: 1.6, // 1.14 to 1.54
  /** Processor time until then, in those of an empty compiled program. */
  startCpu: 1.6, // 1.14 to 1.65
  /** Processor time per byte of stdout, in those of cat(1) in its place. */
  relay: 1.7, // 1.12 to 1.27
  /** Memory of an idle shim's own, in that of an idle empty program. */
  privateDirty: 1.08, // 1.03, and 1.06 with denort 2.7.11
  /** Of an idle shim, in kB as the kernel counts them. */
  rss: 26_000, // 22 000, with a terminal
  threads: 1, // 1
};

function ownShim(workplace: Workplace): string {
  return privateCopy(defaultShim(), workplace.directory());
}

/**
 * The best of our values divided by the best of theirs, one by one. Only the
 * best are free of what else the machine did, so it takes more until those
 * fit, or until it is clear that they never will.
 */
async function ratiosOfBest<Name extends string>(
  budget: Readonly<Record<Name, number>>,
  rounds: { least: number; most: number },
  ours: () => Promise<Record<Name, number>>,
  theirs: () => Promise<Record<Name, number>>,
): Promise<Record<Name, number>> {
  const names = Object.keys(budget) as Name[];
  const best = (of: Record<Name, number>[], name: Name) =>
    Math.min(...of.map((values) => values[name]));
  const [mine, other] = [[], []] as Record<Name, number>[][];
  const ratio = (name: Name) => best(mine, name) / best(other, name);
  const fits = () => names.every((name) => ratio(name) <= budget[name]);
  for (let round = 1; round <= rounds.most; round++) {
    mine.push(await ours());
    other.push(await theirs());
    if (round >= rounds.least && fits()) break;
  }
  return Object.fromEntries(
    names.map((name) => [name, ratio(name)]),
  ) as Record<Name, number>;
}

Deno.test("the start of the shim takes not much more than that of an empty program", async () => {
  await using workplace = new Workplace();
  const shim = ownShim(workplace);
  const empty = await compiledProgram(`${workplace.directory()}/empty`, EMPTY);
  const start = async () => {
    await using session = new Session(workplace, { shim, init: ["pause"] });
    const { exec, create, cpu } = await session.running();
    return { time: (create.at - exec.at) / 1e6, cpu };
  };
  const life = async () => {
    const { end, cpu } = await lifetime(empty);
    return { time: end, cpu };
  };
  const rounds = { least: 10, most: 60 };
  const budget = { time: BUDGET.start, cpu: BUDGET.startCpu };
  const ratios = await ratiosOfBest(budget, rounds, start, life);
  const found = `${JSON.stringify(ratios)} times an empty program`;
  assert.ok(ratios.time <= budget.time && ratios.cpu <= budget.cpu, found);
});

Deno.test("the relay of stdout costs no more processor time than cat", async () => {
  await using workplace = new Workplace();
  const path = ownShim(workplace);
  const load = { stream: "stdout", total: 1 << 28, block: 1 << 16 } as const;
  const cost = async (middle: Parameters<typeof throughput>[1]) => ({
    cpu: (await throughput(workplace, middle, load)).cpu,
  });
  const { cpu } = await ratiosOfBest(
    { cpu: BUDGET.relay },
    { least: 3, most: 40 },
    () => cost({ kind: "shim", path }),
    () => cost({ kind: "cat" }),
  );
  assert.ok(cpu <= BUDGET.relay, `${cpu} times what cat takes`);
});

for (const kind of ["pipes", "terminal"] as const) {
  Deno.test(`an idle shim is small and sleeps, ${kind}`, async () => {
    await using workplace = new Workplace();
    await using session = new Session(workplace, {
      shim: ownShim(workplace),
      init: ["pause"],
      terminal: kind === "terminal",
    });
    await session.running();
    await using empty = await waitingProgram(workplace.directory());

    const small = () => {
      const { privateDirty, rss, threads } = footprint(session.pid);
      const theirs = footprint(empty.pid).privateDirty;
      return privateDirty <= BUDGET.privateDirty * theirs &&
        rss <= BUDGET.rss && threads <= BUDGET.threads;
    };
    const became = await within(10_000, () => Promise.resolve(small()));
    const found = JSON.stringify([session.pid, empty.pid].map(footprint));
    assert.ok(became, `Of ${JSON.stringify(BUDGET)}: ${found}`);

    const slept = await within(10_000, async () => {
      const before = sleeps(session.pid);
      await pass(2_000);
      return sleeps(session.pid) === before;
    });
    assert.ok(slept, "It woke up in every 2 s of 10 s");
  });
}

/** Whether something becomes so before the time, in milliseconds, is over. */
async function within(
  limit: number,
  holds: () => Promise<boolean>,
): Promise<boolean> {
  const deadline = performance.now() + limit;
  while (!await holds()) {
    if (performance.now() > deadline) return false;
    await pass(50);
  }
  return true;
}
