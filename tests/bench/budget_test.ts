import assert from "node:assert/strict";
import { lifetime } from "./helper.ts";
import { throughput } from "./pipeline.ts";
import { footprint, sleeps } from "./process_costs.ts";
import { compiledProgram, EMPTY, privateCopy } from "./programs.ts";
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
  start: 1.8, // 1.43 to 1.58
  /** Processor time per byte of stdout, in those of cat(1) in its place. */
  relay: 1.7, // 1.3 to 1.6
  /** Of an idle shim, in kB as the kernel counts them. */
  privateDirty: 14_000, // 12 012
  rss: 26_000, // 21 940, with a terminal
  threads: 1, // 1
};

function ownShim(workplace: Workplace): string {
  return privateCopy(defaultShim(), workplace.directory());
}

/**
 * The best of our values divided by the best of theirs. Only the best are
 * free of what else the machine did, so it takes more until those fit, or
 * until it is clear that they never will.
 */
async function ratioOfBest(
  budget: number,
  rounds: { least: number; most: number },
  ours: () => Promise<number>,
  theirs: () => Promise<number>,
): Promise<number> {
  let [best, bestOfTheirs] = [Infinity, Infinity];
  for (let round = 1; round <= rounds.most; round++) {
    best = Math.min(best, await ours());
    bestOfTheirs = Math.min(bestOfTheirs, await theirs());
    if (round >= rounds.least && best / bestOfTheirs <= budget) break;
  }
  return best / bestOfTheirs;
}

Deno.test("the start of the shim is not much longer than that of an empty program", async () => {
  await using workplace = new Workplace();
  const shim = ownShim(workplace);
  const empty = await compiledProgram(`${workplace.directory()}/empty`, EMPTY);
  const start = async () => {
    await using session = new Session(workplace, { shim, init: ["pause"] });
    const { exec, create } = await session.running();
    return (create.at - exec.at) / 1e6;
  };
  const life = async () => (await lifetime(empty)).end;
  const rounds = { least: 10, most: 30 };
  const ratio = await ratioOfBest(BUDGET.start, rounds, start, life);
  assert.ok(ratio <= BUDGET.start, `${ratio} times an empty program`);
});

Deno.test("the relay of stdout costs no more processor time than cat", async () => {
  await using workplace = new Workplace();
  const path = ownShim(workplace);
  const load = { stream: "stdout", total: 1 << 28, block: 1 << 16 } as const;
  const cpu = async (middle: Parameters<typeof throughput>[1]) =>
    (await throughput(workplace, middle, load)).cpu;
  const ratio = await ratioOfBest(
    BUDGET.relay,
    { least: 3, most: 10 },
    () => cpu({ kind: "shim", path }),
    () => cpu({ kind: "cat" }),
  );
  assert.ok(ratio <= BUDGET.relay, `${ratio} times what cat takes`);
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

    const small = () => {
      const { privateDirty, rss, threads } = footprint(session.pid);
      return privateDirty <= BUDGET.privateDirty && rss <= BUDGET.rss &&
        threads <= BUDGET.threads;
    };
    const became = await within(10_000, () => Promise.resolve(small()));
    const found = JSON.stringify(footprint(session.pid));
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
