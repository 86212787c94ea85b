import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { Run } from "../support/harness.ts";

Deno.test("a container's output and exit code arrive", async () => {
  await using run = await Run.life({ init: "echo out; echo err >&2; exit 3" });
  strictEqual(run.text("stdout"), "out\n");
  strictEqual(run.text("stderr"), "err\n");
  strictEqual(run.stateFile("exitStatus"), "3");
  deepStrictEqual(run.exit, { kind: "code", code: 0 });
});

for (const code of [0, 1, 126, 127, 137, 255]) {
  Deno.test(`an init that exits with ${code} has that exit status`, async () => {
    await using run = await Run.life({ init: `exit ${code}` });
    strictEqual(run.stateFile("exitStatus"), `${code}`);
  });
}

for (const signal of [1, 2, 9, 11, 13, 15, 34, 64]) {
  Deno.test(`an init that signal ${signal} ends has status ${128 + signal}`, async () => {
    await using run = await Run.life({
      init: `ulimit -c 0; kill -${signal} $$; sleep 5; exit 77`,
    });
    strictEqual(run.stateFile("exitStatus"), `${128 + signal}`);
  });
}

Deno.test("a core dump does not show in the exit status", async () => {
  await using run = new Run();
  // The core file, if there is one, goes where it is removed.
  run.setup({ init: `cd ${run.tmp}; ulimit -c unlimited; kill -6 $$` });
  await run.start();
  await run.untilExit();
  strictEqual(run.stateFile("exitStatus"), "134");
});

Deno.test("the end of a container comes in upstream's order", async () => {
  await using run = await Run.life({
    init: "echo last words; exit 5",
    runtime: { kill: { delayMs: 50 }, delete: { delayMs: 50 } },
  });
  deepStrictEqual(run.order(), [
    "create",
    "create.end",
    "exitStatus",
    "kill",
    "kill.end",
    "delete",
    "delete.end",
    "exit_eof~shim_exit",
  ]);
  const [, kill, remove] = run.calls();
  const held = (fds: typeof kill.shimFds, path: string) =>
    fds.some(({ link }) => link === path);
  strictEqual(kill.exitStatus, "5");
  strictEqual(kill.initState, "-", "the init is reaped before the kill");
  strictEqual(held(kill.shimFds, `${run.state}/exit`), true);
  strictEqual(held(kill.shimFds, `${run.io}/stdout`), true);
  strictEqual(held(remove.shimFds, `${run.state}/exit`), true);
  strictEqual(
    held(remove.shimFds, `${run.io}/stdout`),
    false,
    "stdout is drained and closed before the delete",
  );
});

Deno.test("exit status is what the daemon reads when exit hangs up", async () => {
  await using run = new Run();
  run.setup({ init: "exit 42" });
  await run.start();
  await run.until(
    () => run.eof("exit") !== undefined,
    "exit has hung up",
    20_000,
  );
  strictEqual(run.stateFile("exitStatus"), "42");
  strictEqual(run.output("exit").length, 0, "nothing is ever written to exit");
});

Deno.test("an init that ends before create comes back is not missed", async () => {
  await using run = await Run.life({
    init: "exit 9",
    runtime: { create: { afterMs: 200 } },
  });
  strictEqual(run.stateFile("exitStatus"), "9");
});

Deno.test("a stopped container has not ended", async () => {
  await using run = new Run();
  run.setup({ init: "kill -STOP $$; exit 4" });
  await run.start();
  const init = await run.initPid();
  await run.until(
    () => run.process(init)?.state === "T",
    "the init is stopped",
  );
  await run.untilRunning();
  run.sendSignal(18, init);
  await run.untilExit();
  strictEqual(run.stateFile("exitStatus"), "4");
});

Deno.test("files left from another life are replaced", async () => {
  await using run = new Run();
  run.setup({ init: "exit 6" });
  Deno.writeTextFileSync(`${run.state}/exitStatus`, "12345678");
  Deno.writeTextFileSync(`${run.state}/pid`, "999999999");
  Deno.writeTextFileSync(`${run.state}/shim-log.json`, "");
  await run.start();
  await run.untilExit();
  strictEqual(run.stateFile("exitStatus"), "6");
  strictEqual(run.stateFile("pid"), String(await run.initPid()));
});

Deno.test("an exec is neither killed nor deleted", async () => {
  await using run = await Run.life({
    init: "echo in; exit 7",
    process: { exec: true },
  });
  deepStrictEqual(run.calls().map(({ cmd }) => cmd), ["exec"]);
  strictEqual(run.text(), "in\n");
  strictEqual(run.stateFile("exitStatus"), "7");
});

Deno.test("an exec beside its container: two shims with one id", async () => {
  await using run = new Run();
  run.setup({ init: `read x < ${run.gatePath}; exit 2` });
  await run.start();
  const init = await run.initPid();
  {
    await using exec = run.another("exec");
    exec.setup({ init: "echo inside; exit 5", process: { exec: true } });
    await exec.start();
    await exec.untilExit();
    strictEqual(exec.text(), "inside\n");
    strictEqual(exec.stateFile("exitStatus"), "5");
  }
  strictEqual(run.process(init)?.ppid, run.pid);
  await run.gate();
  await run.untilExit();
  strictEqual(run.stateFile("exitStatus"), "2");
});

Deno.test("a state directory that disappears does not keep the shim", async () => {
  await using run = new Run();
  run.setup({ init: `read x < ${run.gatePath}; exit 3` });
  await run.start();
  await run.untilRunning();
  Deno.removeSync(run.state, { recursive: true });
  await run.gate();
  await run.untilExit();
  deepStrictEqual(run.exit, { kind: "code", code: 0 });
});
