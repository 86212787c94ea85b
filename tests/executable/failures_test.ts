import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { Run, type SetupOptions } from "../support/harness.ts";

/** The shim failed: exit code 1, and shim-log.json says why. */
function assertError(run: Run, message: RegExp): void {
  deepStrictEqual(run.exit, { kind: "code", code: 1 });
  const last = run.shimLog().at(-1);
  strictEqual(last?.level, "error");
  match(last.msg, message);
  strictEqual(run.stateFile("exitStatus"), undefined);
  strictEqual(run.text("shim_stdout") + run.text("shim_stderr"), "");
}

function commands(run: Run): string[] {
  return run.calls().map(({ cmd }) => cmd);
}

// ---- the state directory ---------------------------------------------------

const PROCESS_JSON: [name: string, text: string | null, message: RegExp][] = [
  ["missing", null, /process\.json.*ENOENT/],
  ["empty", "", /process\.json/],
  ["no JSON", "not json", /process\.json/],
  ["cut off", '{"terminal": false, "exec"', /process\.json/],
  ["a list", "[]", /process\.json/],
  ["of a wrong type", '{"terminal": "true"}', /terminal.*boolean/],
  ["wrong deep inside", '{"user": {"uid": -1}}', /user\.uid/],
];
for (const [name, processJson, message] of PROCESS_JSON) {
  Deno.test(`process.json is ${name}: the log says so, the runtime is not called`, async () => {
    await using run = await Run.life({ processJson });
    assertError(run, message);
    deepStrictEqual(commands(run), []);
    ok(run.eof("exit"), "the daemon gets its event");
  });
}

Deno.test("what nobody knows in process.json, null and missing keys do no harm", async () => {
  await using run = new Run();
  const stdio = {
    containerdStdin: `${run.io}/stdin`,
    containerdStdout: `${run.io}/stdout`,
    containerdStderr: `${run.io}/stderr`,
  };
  const process = { ...stdio, runtimeArgs: null, user: null, hooks: [1, null] };
  run.setup({
    init: "exit 2",
    processJson: JSON.stringify(process) + "\nrest",
  });
  await run.start();
  await run.untilExit();
  strictEqual(run.stateFile("exitStatus"), "2");
});

const FIFOS: [name: string, setup: SetupOptions, message: RegExp][] = [
  ["exit", { stateFifos: ["control"] }, /exit.*ENOENT/],
  ["control", { stateFifos: ["exit"] }, /control.*ENOENT/],
  ["stdin", { ioFifos: ["stdout", "stderr"] }, /io\/stdin.*ENOENT/],
  ["stdout", { ioFifos: ["stdin", "stderr"] }, /io\/stdout.*ENOENT/],
  ["stderr", { ioFifos: ["stdin", "stdout"] }, /io\/stderr.*ENOENT/],
];
for (const [name, setup, message] of FIFOS) {
  Deno.test(`the FIFO ${name} is missing: the log names it, the runtime is not called`, async () => {
    await using run = await Run.life(setup);
    assertError(run, message);
    deepStrictEqual(commands(run), []);
  });
}

Deno.test("nobody reads stdout: the shim gives up and names the FIFO", async () => {
  await using run = await Run.life({ readers: ["exit", "control", "stderr"] });
  assertError(run, /stdout/);
  deepStrictEqual(commands(run), []);
});

Deno.test("without a log the shim tells its stderr and exits with 2", async () => {
  await using run = new Run();
  run.setup();
  Deno.mkdirSync(`${run.state}/shim-log.json`);
  await run.start();
  await run.untilExit();
  deepStrictEqual(run.exit, { kind: "code", code: 2 });
  match(run.text("shim_stderr"), /shim-log\.json/);
  deepStrictEqual(commands(run), []);
});

Deno.test("an exit status that cannot be written does not keep the daemon waiting", async () => {
  await using run = new Run();
  run.setup({ init: "exit 6" });
  Deno.mkdirSync(`${run.state}/exitStatus`);
  await run.start();
  await run.untilExit();
  deepStrictEqual(run.exit, { kind: "code", code: 0 });
  deepStrictEqual(commands(run), ["create", "kill", "delete"]);
  match(run.shimLog().at(-1)!.msg, /exitStatus.*6/);
});

// ---- the runtime -----------------------------------------------------------

const RUNTIMES: [name: string, path: (run: Run) => string, message: RegExp][] =
  [
    ["missing", () => "/nonexistent/runtime", /nonexistent\/runtime.*ENOENT/],
    ["not in PATH", () => "no-such-runtime", /no-such-runtime/],
    ["a directory", (run) => run.runtimeDir, /rt".*EACCES/],
    ["not executable", (run) => `${run.state}/process.json`, /EACCES/],
    ["not a program", (run) => broken(run, "no program\n"), /ENOEXEC/],
    ["without its interpreter", (run) => broken(run, "#!/nowhere\n"), /ENOENT/],
    ["empty", () => "", /./],
  ];
for (const [name, path, message] of RUNTIMES) {
  Deno.test(`the runtime is ${name}: the log says so`, async () => {
    await using run = new Run();
    run.setup();
    await run.start({ args: [run.id, run.bundle, path(run)] });
    await run.untilExit();
    assertError(run, message);
  });
}

function broken(run: Run, text: string): string {
  const path = `${run.root}/broken`;
  Deno.writeTextFileSync(path, text, { mode: 0o755 });
  return path;
}

Deno.test("the bundle is missing: the log says so, the runtime still deletes", async () => {
  await using run = new Run();
  run.setup();
  await run.start({ args: [run.id, `${run.root}/nobundle`, run.runtime] });
  await run.untilExit();
  assertError(run, /nobundle.*ENOENT/);
  deepStrictEqual(commands(run), ["delete"]);
});

for (
  const create of [{ failBefore: 1 }, { failBefore: 255 }, { killSelf: 9 }]
) {
  Deno.test(`create fails (${JSON.stringify(create)}): exit code 0, its words reach stderr`, async () => {
    await using run = await Run.life({
      runtime: { create: { ...create, stderr: 'no "such" thing\n' } },
    });
    deepStrictEqual(run.exit, { kind: "code", code: 0 });
    strictEqual(run.text("stderr"), 'no "such" thing\n');
    deepStrictEqual(commands(run), ["create", "delete"]);
    strictEqual(run.stateFile("exitStatus"), undefined);
    ok(!run.shimLog().some(({ level }) => level === "error"));
  });
}

Deno.test("an exec that fails is not deleted", async () => {
  await using run = await Run.life({
    process: { exec: true },
    runtime: { exec: { failBefore: 1 } },
  });
  deepStrictEqual(run.exit, { kind: "code", code: 0 });
  deepStrictEqual(commands(run), ["exec"]);
});

const PID_FILES = [
  "none",
  { literal: "garbage" },
  { literal: '"quotes"' },
  { literal: "" },
  { format: "%d\n" },
  { literal: "99999999999999999999" },
] as const;
for (const pidFile of PID_FILES) {
  Deno.test(`the pid file is ${JSON.stringify(pidFile)}: an error, and delete`, async () => {
    await using run = await Run.life({
      init: "sleep 0.1",
      runtime: { create: { pidFile } },
    });
    assertError(run, /pid/);
    deepStrictEqual(commands(run), ["create", "delete"]);
  });
}

Deno.test("kill and delete that fail do not hide the exit status", async () => {
  await using run = await Run.life({
    init: "exit 3",
    runtime: {
      kill: { exit: 1, stderr: "no such container\n" },
      delete: { exit: 1, stderr: "no such container\n" },
    },
  });
  deepStrictEqual(run.exit, { kind: "code", code: 0 });
  strictEqual(run.stateFile("exitStatus"), "3");
  strictEqual(run.text("stderr"), "");
});

Deno.test("a runtime that vanished after create does not hide the exit status", async () => {
  await using run = new Run();
  run.setup({ init: `read x < ${run.gatePath}; exit 3` });
  await run.start();
  await run.untilRunning();
  Deno.removeSync(run.runtime);
  await run.gate();
  await run.untilExit();
  deepStrictEqual(run.exit, { kind: "code", code: 0 });
  strictEqual(run.stateFile("exitStatus"), "3");
});

Deno.test("the checkpoint has no config: the log says so, the runtime is not called", async () => {
  await using run = new Run();
  run.setup({ process: { checkpoint: `${run.root}/nowhere` } });
  await run.start();
  await run.untilExit();
  assertError(run, /nowhere\/config\.json.*ENOENT/);
  deepStrictEqual(commands(run), []);
});
