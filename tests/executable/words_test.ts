import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { type Behaviour, Run } from "../support/harness.ts";
import { Container, RUNC } from "../support/runc.ts";

// `docker run` of Docker 17.05 makes its exit code of words in the error that
// reaches it, and it minds capitals.

/** What a daemon reports of a start that failed: the first error it finds. */
function errorForDaemon(run: Run): string | undefined {
  const errors = ["shim-log.json", "log.json"].flatMap((name) =>
    (run.stateFile(name) ?? "").split("\n").filter(Boolean)
      .map((line): { level: string; msg: string } => JSON.parse(line))
      .filter(({ level }) => level === "error")
  );
  return errors[0]?.msg;
}

/** The exit code of `docker run`. */
function codeOfDockerRun(run: Run): number {
  const error = errorForDaemon(run) ?? "";
  if (error.includes("no such file or directory")) return 127;
  return error.includes("permission denied") ? 126 : 125;
}

interface Row {
  name: string;
  code: number;
  runtime: (run: Run) => string;
  behaviour?: Behaviour;
}

const fake = (run: Run) => run.runtime;

const ROWS: Row[] = [
  { name: "missing", code: 127, runtime: () => "/nowhere/runtime" },
  {
    name: "a script without its interpreter",
    code: 127,
    runtime: (run) => program(run, "#!/nowhere/sh\n", 0o755),
  },
  {
    name: "one that succeeds and writes no pid",
    code: 127,
    runtime: fake,
    behaviour: { create: { pidFile: "none" }, exec: { pidFile: "none" } },
  },
  {
    name: "not executable",
    code: 126,
    runtime: (run) => program(run, "#!/bin/sh\n", 0o644),
  },
  { name: "a directory", code: 126, runtime: (run) => run.bundle },
  { name: "not in PATH", code: 125, runtime: () => "no-such-runtime" },
  {
    name: "not a program",
    code: 125,
    runtime: (run) => program(run, "no program\n", 0o755),
  },
  {
    name: "one that fails",
    code: 125,
    runtime: fake,
    behaviour: { create: { failBefore: 1 }, exec: { failBefore: 1 } },
  },
  {
    name: "below a file",
    code: 125,
    runtime: (run) => `${program(run, "", 0o755)}/runtime`,
  },
];

function program(run: Run, text: string, mode: number): string {
  const path = `${run.root}/program`;
  Deno.writeTextFileSync(path, text, { mode });
  return path;
}

for (const { name, code, runtime, behaviour } of ROWS) {
  Deno.test(`the runtime is ${name}: docker run ends with ${code}`, async () => {
    for (
      const [terminal, exec] of [[false, false], [true, false], [false, true]]
    ) {
      await using run = new Run();
      run.setup({
        init: "sleep 100",
        terminal,
        process: { exec },
        runtime: behaviour,
      });
      await run.start({ args: [run.id, run.bundle, runtime(run)] });
      await run.untilExit();
      const error = errorForDaemon(run);
      strictEqual(codeOfDockerRun(run), code, error);
      // An error in the shim's log and its exit code go together.
      const failed = run.shimLog().some(({ level }) => level === "error");
      deepStrictEqual(run.exit, { kind: "code", code: failed ? 1 : 0 });
    }
  });
}

const CAPITALS =
  '{"level":"error","msg":"No such file or directory","x":[1, 2]}\n' +
  "no JSON at all: Permission denied\n";

for (const terminal of [false, true]) {
  const what = terminal ? "with a terminal" : "without a terminal";
  Deno.test(`the runtime's own log stays as it is, ${what}`, async () => {
    await using run = new Run();
    const wrap =
      `[ "$call" != create ] || { cat "${run.root}/words" >>"$2"; exit 1; }`;
    run.setup({ terminal, wrap });
    Deno.writeTextFileSync(`${run.root}/words`, CAPITALS);
    await run.start();
    await run.untilExit();
    deepStrictEqual(run.exit, { kind: "code", code: 0 });
    strictEqual(run.stateFile("log.json"), CAPITALS);
  });
}

Deno.test("runc: its reason for a start that fails reaches the daemon word by word", async () => {
  await using container = new Container({ args: ["/nowhere/program"] });
  const { run } = container;
  const direct = `${run.root}/direct.json`;
  const log = ["--log", direct, "--log-format", "json"];
  const other = [`${run.id}-direct`, "--bundle", run.bundle];
  await container.runc(...log, "create", ...other);
  await run.start({ args: [run.id, run.bundle, RUNC] });
  await run.untilExit();
  const { msg } = JSON.parse(Deno.readTextFileSync(direct).split("\n")[0]);
  match(msg, /no such file or directory/);
  strictEqual(errorForDaemon(run), msg);
  strictEqual(codeOfDockerRun(run), 127);
});
