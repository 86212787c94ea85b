import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { compiled } from "../support/build.ts";
import { Run } from "../support/harness.ts";
import { readOrNone } from "../support/look.ts";
import { signalSets } from "../support/processes.ts";

Deno.test("tens of thousands of orphans are all reaped, and hide nothing", async () => {
  await using run = new Run();
  run.setup({
    init:
      `${
        compiled("support/orphans.c")
      } 20000 >/dev/null && echo all; read x < ${run.gatePath}; ` +
      "exit 21",
  });
  await run.start();
  await run.untilOutput("all\n", undefined, 60_000);
  const init = await run.initPid();
  await run.until(
    () => run.children().every(({ pid }) => pid === init),
    "the init is the only child",
  );
  await run.gate();
  await run.untilExit();
  strictEqual(run.stateFile("exitStatus"), "21");
  deepStrictEqual(run.shimLog(), []);
});

Deno.test("orphans are reaped while the runtime is called", async () => {
  await using run = new Run();
  const orphan = `${run.root}/orphan`;
  const pid = () => Number(readOrNone(orphan) ?? 0);
  run.setup({
    init: `( (sh -c 'echo $$ > ${orphan}') & ); sleep 100`,
    runtime: { create: { afterMs: 60_000 } },
  });
  await run.start();
  await run.until(() => pid() > 0, "the orphan lives");
  await run.until(
    () => run.process(pid()) === undefined,
    "the orphan is reaped",
  );
  const [create] = run.calls();
  strictEqual(create.tEnd, undefined, "create still runs");
  run.sendSignal(9, create.pid);
  await run.untilExit();
});

// ---- signals ---------------------------------------------------------------

// Not 9 and 19, which nobody can catch, and not 32 and 34, which glibc keeps
// and which end upstream's shim too.
const SIGNALS = Array.from({ length: 64 }, (_, i) => i + 1)
  .filter((signal) => ![9, 19, 32, 34].includes(signal));

Deno.test("no signal ends or stops the shim while the container runs", async () => {
  await using run = new Run();
  run.setup({ init: `read x < ${run.gatePath}; exit 9` });
  await run.start();
  await run.untilRunning();
  for (const signal of SIGNALS) {
    run.sendSignal(signal);
    await run.until(
      () => !pendingSignals(run).includes(signal),
      `signal ${signal} is taken`,
    );
    ok(!run.exited, `signal ${signal} ends the shim`);
    ok(run.process(run.pid)?.state !== "T", `signal ${signal} stops the shim`);
  }
  await run.gate();
  await run.untilExit();
  deepStrictEqual(run.exit, { kind: "code", code: 0 });
  strictEqual(run.stateFile("exitStatus"), "9");
});

function pendingSignals(run: Run): number[] {
  if (run.exited) return [];
  const set = BigInt(`0x${signalSets(run.pid).ShdPnd}`);
  return SIGNALS.filter((signal) => set >> BigInt(signal - 1) & 1n);
}

for (const cmd of ["create", "kill", "delete"] as const) {
  Deno.test(`a shim that is killed takes its ${cmd} call with it`, async () => {
    await using run = new Run();
    run.setup({ init: "exit 5", runtime: { [cmd]: { delayMs: 60_000 } } });
    await run.start();
    const { pid } = await run.untilCall(cmd);
    run.sendSignal(9);
    await run.untilExit();
    deepStrictEqual(run.exit, { kind: "signal", signal: 9 });
    await run.until(
      () => (run.process(pid)?.state ?? "Z") === "Z",
      "the runtime call is dead",
    );
  });
}

Deno.test("a shim that is killed tells the daemon and leaves the container alive", async () => {
  await using run = new Run();
  run.setup({ init: `echo a; read x < ${run.gatePath}; sleep 100` });
  await run.start();
  await run.untilOutput("a\n");
  const init = await run.initPid();
  await run.untilRunning();
  run.sendSignal(9);
  await run.untilExit();
  await run.untilEof("exit");
  await run.untilEof("stdout");
  strictEqual(run.stateFile("exitStatus"), undefined);
  ok(run.process(init)?.ppid !== run.pid);
  ok(run.process(init) !== undefined && run.process(init)?.state !== "Z");
});

// ---- control ---------------------------------------------------------------

Deno.test("garbage in control neither stops the shim nor what comes after it", async () => {
  await using run = new Run();
  run.setup({ init: [run.helper, "winsize"], terminal: true });
  await run.start();
  await run.untilOutput("SIZE 0 0");
  const garbage = new Uint8Array(256).map((_, i) => i);
  for (
    const junk of [garbage, "\n", "garbage\n", "1 80\n", "\n\n", "9 9 9\n"]
  ) {
    run.control(junk);
  }
  run.control("1 11 13\n");
  await run.untilOutput("SIZE 13 11");
  run.sendSignal(9, await run.initPid());
  await run.untilExit();
  deepStrictEqual(run.exit, { kind: "code", code: 0 });
});

Deno.test("a control message may come in pieces, and many in one piece", async () => {
  await using run = new Run();
  run.setup({ init: [run.helper, "winsize"], terminal: true });
  await run.start();
  await run.untilOutput("SIZE 0 0");
  for (const byte of "1 80 24\n") {
    run.control(byte);
    await run.until(() => run.controlPending() === 0, "the byte is taken");
  }
  await run.untilOutput("SIZE 24 80");
  const many = Array.from({ length: 100 }, (_, i) => `1 ${i + 1} ${i + 2}\n`);
  run.control(many.join(""));
  await run.untilOutput("SIZE 101 100");
  run.sendSignal(9, await run.initPid());
  await run.untilExit();
});
