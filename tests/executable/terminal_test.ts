import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import type { ConsoleMode } from "../support/behaviour.ts";
import { Run } from "../support/harness.ts";

/**
 * The two generations of runtimes: the old one is told a terminal's path, the
 * new one hands a terminal over.
 */
const GENERATIONS = ["legacy", "modern"] as const;

function consoleFlags(run: Run): string[] {
  return run.calls().flatMap(({ argv }) =>
    argv.filter((arg) => arg.startsWith("--console"))
  );
}

for (const flags of GENERATIONS) {
  const test = (
    name: string,
    init: string,
    body: (run: Run) => Promise<void>,
  ) =>
    Deno.test(`${flags} runtime: ${name}`, async () => {
      await using run = new Run();
      run.setup({ init, terminal: true, runtime: { flags } });
      await body(run);
    });

  test(
    "a container has a terminal",
    "test -t 0 && test -t 1 && test -t 2 && tty; echo err >&2; exit 3",
    async (run) => {
      await run.start();
      await run.untilExit();
      strictEqual(
        run.normalise(run.text()),
        "/dev/pts/<N>\r\nerr\r\n",
      );
      strictEqual(run.stateFile("exitStatus"), "3");
      strictEqual(run.text("stderr"), "");
      deepStrictEqual(run.order().slice(-6), [
        "exitStatus",
        "kill",
        "kill.end",
        "delete",
        "delete.end",
        "exit_eof~shim_exit",
      ]);
      deepStrictEqual([...Deno.readDirSync(run.tmp)], []);
    },
  );

  test(
    "what is typed arrives, is echoed, and ^C is a signal",
    "trap 'echo INT; exit 130' INT; read a; echo got:$a; " +
      "while :; do sleep 0.01; done",
    async (run) => {
      await run.start();
      using stdin = await run.openStdin();
      stdin.tryWrite("hello\r");
      await run.untilOutput("hello\r\ngot:hello\r\n");
      stdin.tryWrite("\x03");
      await run.untilExit();
      match(run.text(), /\^C(\r\n)?INT\r\n$/);
      strictEqual(run.stateFile("exitStatus"), "130");
    },
  );

  test(
    "nothing is lost while nobody reads",
    "stty -opost; seq 1 40000; exit 0",
    async (run) => {
      await run.start();
      await run.untilOutput("\n1000\n");
      run.closeReader("stdout");
      await run.until(() => run.waitingIn("stdout") > 0, "output waits");
      run.attachReader("stdout");
      await run.untilExit();
      const want = Array.from({ length: 40_000 }, (_, i) => `${i + 1}\n`);
      strictEqual(run.text(), want.join(""));
    },
  );

  test(
    "closing stdin gives the container neither end of file nor hang-up",
    "trap 'echo HUP' HUP; while read a; do echo got:$a; done; echo eof",
    async (run) => {
      await run.start();
      using stdin = await run.openStdin();
      run.control("0 0 0\n");
      await run.until(() => run.controlPending() === 0, "the message is taken");
      stdin.tryWrite("one\r");
      await run.untilOutput("got:one");
      ok(!run.hasOutput("HUP") && !run.hasOutput("eof"));
      stdin.tryWrite("\x04");
      await run.untilExit();
      ok(run.hasOutput("eof\r\n"));
    },
  );

  test(
    "an init that lets go of its terminal for a moment still has it",
    "t=$(tty); exec </dev/null >/dev/null 2>&1; echo back >$t; exit 2",
    async (run) => {
      await run.start();
      await run.untilExit();
      strictEqual(run.text(), "back\r\n");
      strictEqual(run.stateFile("exitStatus"), "2");
    },
  );

  test(
    "a runtime that fails ends the shim with 0, and nothing is left",
    "exit 0",
    async (run) => {
      run.configure({ create: { failBefore: 1, stderr: "boom\n" } });
      await run.start();
      await run.untilExit();
      deepStrictEqual(run.exit, { kind: "code", code: 0 });
      strictEqual(run.calls().at(-1)?.cmd, "delete");
      strictEqual(run.stateFile("exitStatus"), undefined);
      deepStrictEqual([...Deno.readDirSync(run.tmp)], []);
    },
  );
}

for (const flags of GENERATIONS) {
  Deno.test(`${flags} runtime: a resize arrives, one from before the terminal too`, async () => {
    await using run = new Run();
    run.setup({
      init: [run.helper, "winsize"],
      terminal: true,
      runtime: { flags },
    });
    run.control("1 100 50\n");
    await run.start();
    await run.untilOutput("SIZE 50 100");
    run.control("1 80 24\n1 132 43\n");
    await run.untilOutput("SIZE 43 132");
    run.sendSignal(9, await run.initPid());
    await run.untilExit();
    strictEqual(run.stateFile("exitStatus"), "137");
  });
}

Deno.test("a modern runtime is called once and gets only --console-socket", async () => {
  await using run = await Run.life({
    terminal: true,
    runtime: { flags: "modern" },
  });
  deepStrictEqual(run.calls().map(({ cmd }) => cmd), [
    "create",
    "kill",
    "delete",
  ]);
  deepStrictEqual(consoleFlags(run), ["--console-socket"]);
  deepStrictEqual(run.socket(), {
    sock_mode: "0140755",
    dir_mode: "040700",
    uid: 0,
    gid: 0,
  });
});

Deno.test("a legacy runtime's refusal leaves no trace in its log", async () => {
  await using run = await Run.life({
    terminal: true,
    runtime: { flags: "legacy" },
    process: { rootUID: 1001, rootGID: 1002 },
  });
  strictEqual(consoleFlags(run).at(-1), "--console");
  strictEqual(run.stateFile("log.json") ?? "", "");
  deepStrictEqual(run.slave(), { mode: "020600", uid: 1001, gid: 1002 });
  deepStrictEqual(run.calls().slice(-2).map(({ cmd }) => cmd), [
    "kill",
    "delete",
  ]);
});

Deno.test("a daemon of the legacy generation spares its runtime the refusal", async () => {
  await using run = await Run.life({
    terminal: true,
    runtime: { flags: "legacy" },
    process: { capabilities: ["CAP_KILL"] },
  });
  deepStrictEqual(run.calls().map(({ cmd }) => cmd), [
    "create",
    "kill",
    "delete",
  ]);
  deepStrictEqual(consoleFlags(run), ["--console"]);
});

Deno.test("a modern runtime under a legacy daemon has its terminal too", async () => {
  await using run = await Run.life({
    init: "tty; exit 3",
    terminal: true,
    runtime: { flags: "modern" },
    process: { capabilities: ["CAP_KILL"] },
  });
  strictEqual(run.normalise(run.text()), "/dev/pts/<N>\r\n");
  strictEqual(run.stateFile("exitStatus"), "3");
});

for (const flags of GENERATIONS) {
  Deno.test(`${flags} runtime: an exec with a terminal`, async () => {
    await using run = await Run.life({
      init: "tty; exit 4",
      terminal: true,
      runtime: { flags },
      process: { exec: true },
    });
    strictEqual(run.normalise(run.text()), "/dev/pts/<N>\r\n");
    strictEqual(run.stateFile("exitStatus"), "4");
    ok(run.calls().every(({ cmd }) => cmd === "exec"));
  });
}

Deno.test("without a terminal no console flag is passed", async () => {
  await using run = await Run.life();
  deepStrictEqual(consoleFlags(run), []);
});

Deno.test("a console that comes late is waited for", async () => {
  await using run = await Run.life({
    init: "echo hi; exit 3",
    terminal: true,
    runtime: { console: { delayMs: 300 } },
  });
  strictEqual(run.text(), "hi\r\n");
});

const WRONG: ConsoleMode[] = ["nosend", "noscm", "nottyfd", "twofds"];
for (const mode of WRONG) {
  Deno.test(`a console handed over wrongly (${mode}) is an error`, async () => {
    await using run = await Run.life({
      init: "sleep 100",
      terminal: true,
      runtime: { console: { mode } },
    });
    deepStrictEqual(run.exit, { kind: "code", code: 1 });
    strictEqual(run.shimLog().at(-1)?.level, "error");
    strictEqual(run.calls().at(-1)?.cmd, "delete");
    deepStrictEqual([...Deno.readDirSync(run.tmp)], []);
  });
}

Deno.test("a TMPDIR that is missing does not keep a container from its terminal", async () => {
  await using run = new Run();
  run.setup({ terminal: true, init: "echo hello; exit 3" });
  await run.start({ addedEnv: { TMPDIR: "/nonexistent/tmp" } });
  await run.untilExit();
  strictEqual(run.stateFile("exitStatus"), "3");
  strictEqual(new TextDecoder().decode(run.output()), "hello\r\n");
});

Deno.test("the terminal and its socket do not leak into kill and delete", async () => {
  await using run = await Run.life({ terminal: true });
  for (const { cmd, fds } of run.calls()) {
    ok(fds.every(({ fd }) => fd <= 2), cmd);
    ok(!fds.some(({ link }) => /ptmx|pts/.test(link)), cmd);
  }
});
