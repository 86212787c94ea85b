import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Run, type SetupOptions } from "../support/harness.ts";
import { sabotage, sabotaged, STARTED, STEPS } from "../support/sabotage.ts";

// Nothing takes the shim down: whatever is thrown after create, the end of the
// container is awaited, reported and cleaned up, and the error is in the log.

const PIPES: SetupOptions = {
  init: "echo out; echo err >&2; read x; echo $x; exec sleep 100",
};
const TERMINAL: SetupOptions = { ...PIPES, terminal: true };

const HANDLERS: [name: string, setup: SetupOptions][] = [
  ["the container's stdout", PIPES],
  ["the container's stderr", PIPES],
  ["the control FIFO", PIPES],
  ["the end of children", PIPES],
  ['stdin "', PIPES],
  ["the container's terminal", TERMINAL],
  ["the console socket", TERMINAL],
  ["the console connection", TERMINAL],
  ["the runtime's output", { ...TERMINAL, runtime: { kill: { stdout: "x" } } }],
];

for (const [name, setup] of HANDLERS) {
  for (const times of [1, 1_000_000]) {
    const how = times === 1 ? "once" : "whenever it is called";
    Deno.test(`the handler of ${name} throws ${how}`, async () => {
      await using run = new Run({ shim: await sabotaged() });
      run.setup(setup);
      sabotage(run, name, times);
      run.control("1 80 24\n");
      await run.start();
      if (times > 1 && name.startsWith("the console")) {
        // Without a terminal there is no container: a failed start, in time.
        await run.untilExit();
        deepStrictEqual(run.exit, { kind: "code", code: 1 });
      } else {
        using stdin = await run.openStdin();
        stdin.tryWrite("typed\n");
        await run.untilRunning();
        await run.until(
          () => run.waitingIn("stdin") === 0 || times > 1,
          "stdin is read",
        );
        run.sendSignal(9, await run.initPid());
        await run.untilExit();
        strictEqual(run.stateFile("exitStatus"), "137");
        deepStrictEqual(run.exit, { kind: "code", code: 0 });
      }
      strictEqual(run.calls().at(-1)?.cmd, "delete");
      ok(run.eof("exit") !== undefined, "the daemon has its event");
      const errors = run.shimLog().filter(({ level }) => level === "error");
      ok(errors.some(({ msg }) => msg.includes("sabotage")), errors.join());
      ok(errors.length < 10, "the log is not flooded");
    });
  }
}

for (const step of STEPS) {
  Deno.test(`what is done after the end throws: ${step}`, async () => {
    await using run = new Run({ shim: await sabotaged() });
    run.setup({ init: "echo hi; exit 3" });
    sabotage(run, step, 1);
    await run.start();
    await run.untilExit();
    strictEqual(run.stateFile("exitStatus"), "3");
    ok(run.eof("exit") !== undefined, "the daemon has its event");
    ok(run.shimLog().some(({ msg }) => msg.includes("sabotage")));
  });
}

for (const step of STARTED) {
  Deno.test(`what is done when the container is there throws: ${step}`, async () => {
    await using run = new Run({ shim: await sabotaged() });
    run.setup({ init: ["/bin/sh", "-c", "read x < $0; exit 3", run.gatePath] });
    sabotage(run, step, 1);
    await run.start();
    await run.until(
      () => run.shimLog().some(({ msg }) => msg.includes("sabotage")),
      "the error is in the log",
    );
    // It waits for init, as ever.
    await run.gate();
    await run.untilExit();
    strictEqual(run.stateFile("exitStatus"), "3");
    ok(run.eof("exit") !== undefined, "the daemon has its event");
    deepStrictEqual(run.exit, { kind: "code", code: 0 });
  });
}
