import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { Run } from "../support/harness.ts";
import { HASTE, hasty } from "../support/hasty.ts";
import { readOrNone } from "../support/look.ts";
import { wrappedCalls } from "../support/wrapper.ts";

// A shim, or a machine, that stands still for longer than a limit of time has
// missed nothing: what has arrived meanwhile counts, and not the clock.

const STOP = 19;
const CONTINUE = 18;

const LONGER = HASTE + 1_000;

/** Stops the shim, lets something happen, and longer than a limit pass. */
async function standStill(
  run: Run,
  ms: number,
  meanwhile: () => void | Promise<void> = () => {},
): Promise<void> {
  run.sendSignal(STOP);
  const stopped = () => run.process(run.pid)?.state === "T";
  await run.until(stopped, "it stands still");
  await meanwhile();
  await run.observe(ms);
  run.sendSignal(CONTINUE);
}

function assertGoodLife(run: Run): void {
  deepStrictEqual(run.shimLog(), []);
  deepStrictEqual(run.exit, { kind: "code", code: 0 });
  strictEqual(run.stateFile("exitStatus"), "3");
  ok(run.text().startsWith("ran"), run.text());
}

/** Its open(2) waits in a child, which shares its memory and descriptors. */
async function untilItWaitsForReader(run: Run): Promise<void> {
  await run.until(
    () =>
      run.children().some(({ state }) => state === "S") &&
      run.process(run.pid)?.state === "S",
    "the shim waits for a reader",
  );
}

function opened(shim: string | undefined, name: "exit" | "stdout", ms: number) {
  return async () => {
    await using run = new Run({ shim });
    const readers = (["exit", "control", "stdout", "stderr"] as const)
      .filter((other) => other !== name);
    run.setup({ init: "echo ran; exit 3", readers });
    await run.start();
    await untilItWaitsForReader(run);
    await standStill(run, ms, () => run.attachReader(name));
    await run.untilExit();
    assertGoodLife(run);
  };
}

/** The call is made to take as long as the test wants it to. */
function called(shim: string, call: string) {
  return async () => {
    await using run = new Run({ shim });
    const wrap = `[ "$call" != ${call} ] || read x <"$d/go"`;
    run.setup({ init: "echo ran; exit 3", wrap });
    const go = `${run.runtimeDir}/go`;
    run.makeFifo(go);
    await run.start();
    await run.until(
      () => wrappedCalls(run).at(-1) === call,
      `${call} is called`,
    );
    // It is fed, and comes to its end, while the shim stands still.
    await standStill(run, LONGER, () => run.feedFifo(go, "\n"));
    await run.untilExit();
    assertGoodLife(run);
  };
}

/** Create has succeeded long ago when somebody hands over the terminal. */
function handedOver(shim: string) {
  return async () => {
    await using run = new Run({ shim });
    // The real call goes on behind the back of the one that succeeds.
    const wrap = `[ "$call" != create ] || {
  printf %s $$ >"$d/first"
  (read x <"$d/go"; exec "$real" "$@") &
  while [ ! -s "$d/done" ]; do sleep 0.01; done
  exit 0
}`;
    run.setup({ init: "echo ran; exit 3", terminal: true, wrap });
    const go = `${run.runtimeDir}/go`;
    run.makeFifo(go);
    await run.start();
    const first = () => Number(readOrNone(`${run.runtimeDir}/first`) ?? 0);
    await run.until(() => first() > 0, "create is called");
    Deno.writeTextFileSync(`${run.runtimeDir}/done`, "x");
    await run.until(
      () =>
        run.process(first()) === undefined &&
        run.process(run.pid)?.state === "S",
      "the shim waits for the terminal",
    );
    await standStill(run, LONGER, async () => {
      await run.feedFifo(go, "\n");
      await run.until(() => run.stateFile("pid") !== undefined, "it is there");
    });
    await run.untilExit();
    assertGoodLife(run);
  };
}

/** Nobody comes, and the shim gives up as it would have at the time. */
function noReader(shim: string) {
  return async () => {
    await using run = new Run({ shim });
    run.setup({ readers: ["exit", "control", "stderr"] });
    await run.start();
    await untilItWaitsForReader(run);
    await standStill(run, LONGER);
    await run.untilExit();
    deepStrictEqual(run.exit, { kind: "code", code: 1 });
    match(run.shimLog().at(-1)!.msg, /stdout.*nobody opened it/);
  };
}

function noEndOfKill(shim: string) {
  return async () => {
    await using run = new Run({ shim });
    run.setup({ init: "exit 3", runtime: { kill: { delayMs: 100_000 } } });
    await run.start();
    await run.untilCall("kill");
    await standStill(run, LONGER);
    await run.untilExit();
    deepStrictEqual(run.exit, { kind: "code", code: 0 });
    strictEqual(run.stateFile("exitStatus"), "3");
    match(run.shimLog().at(-1)!.msg, /kill did not end within/);
  };
}

Deno.test("what arrives while the shim stands still past its limits counts, and only that", async (t) => {
  const shim = await hasty();
  const lives: [name: string, life: () => Promise<void>][] = [
    [
      "a reader of stdout, with the real limit",
      opened(undefined, "stdout", 16_000),
    ],
    ["a reader of exit", opened(shim, "exit", LONGER)],
    ["a reader of stdout", opened(shim, "stdout", LONGER)],
    ["the terminal", handedOver(shim)],
    ["the end of kill", called(shim, "kill")],
    ["the end of delete", called(shim, "delete")],
    ["no reader", noReader(shim)],
    ["no end of kill", noEndOfKill(shim)],
  ];
  const atOnce = {
    sanitizeOps: false,
    sanitizeResources: false,
    sanitizeExit: false,
  };
  await Promise.all(
    lives.map(([name, fn]) => t.step({ name, fn, ...atOnce })),
  );
});
