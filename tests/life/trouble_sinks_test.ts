import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Run } from "../support/harness.ts";
import { mutant } from "../support/mutant.ts";
import { isBlockedInWrite } from "../support/processes.ts";
import { sabotage, sabotaged } from "../support/sabotage.ts";

// What is served only now and then: a sink that is full, a quiet moment, the
// look for the reason of a long drain. Errors there do not keep the end of a
// container from the daemon, and one alone costs no byte.

const MUCH = 300_000;

function errors(run: Run): string[] {
  return run.shimLog().filter(({ level }) => level === "error")
    .map(({ msg }) => msg);
}

function assertEnd(run: Run, status: string): void {
  strictEqual(run.stateFile("exitStatus"), status);
  deepStrictEqual(run.exit, { kind: "code", code: 0 });
  deepStrictEqual(
    run.calls().map(({ cmd }) => cmd),
    ["create", "kill", "delete"],
  );
  ok(run.eof("exit") !== undefined, "the daemon has its event");
  ok(errors(run).some((message) => message.includes("sabotage")));
  ok(errors(run).length < 10, "the log is not flooded");
}

/** The container cannot write, and the shim waits for the daemon. */
function standsStill(run: Run): boolean {
  const isStuck = run.descendants().some(({ pid, comm }) =>
    comm === "head" && isBlockedInWrite(pid)
  );
  return isStuck && run.process(run.pid)?.state === "S";
}

const TIMES: [how: string, times: number][] = [
  ["once", 1],
  ["whenever it is called", 1_000_000],
];

for (const [how, times] of TIMES) {
  for (const spool of [false, true]) {
    const where = spool ? ", with a spool" : "";
    Deno.test(`the handler of a full stdout throws ${how}${where}`, async () => {
      await using run = new Run({ shim: await sabotaged() });
      run.setup({ init: `head -c ${MUCH} /dev/zero; exit 3` });
      sabotage(run, 'stdout "', times);
      run.pauseReader("stdout");
      const setting = spool ? `${run.tmp}:1M` : "";
      await run.start({
        addedEnv: { DOCKER_CONTAINERD_SHIM_SPOOL: setting },
      });
      await run.untilCall("create", { ended: true });
      await run.until(
        () => spool ? errors(run).length > 0 : standsStill(run),
        "the sink is full, and that matters",
      );
      run.resumeReader("stdout");
      await run.untilExit();
      if (times === 1) strictEqual(run.output().length, MUCH);
      // Without its reader head is ended, and the shell goes on.
      assertEnd(run, "3");
    });
  }

  Deno.test(`the handler of a full stdin throws ${how}`, async () => {
    await using run = new Run({ shim: await sabotaged() });
    run.setup({ init: `read x <${run.gatePath}; wc -c; exit 3` });
    sabotage(run, "the container's stdin", times);
    await run.start();
    await run.untilRunning();
    {
      using stdin = await run.openStdin();
      const rest = new Uint8Array(65_536);
      // Into two pipes of that size, until nobody takes any more.
      const isFull = () =>
        stdin.tryWrite(rest) !== "ok" && run.waitingIn("stdin") >= 65_536;
      await run.until(
        () => isFull() && run.process(run.pid)?.state === "S",
        "stdin is full, and the shim waits for the container",
      );
    }
    run.control("0 0 0\n");
    await run.gate();
    await run.untilExit();
    assertEnd(run, "3");
    const [count] = /^\d+/.exec(run.text())!;
    ok(Number(count) >= 65_536 || times > 1, count);
  });
}

const ALWAYS: [name: string, file: string, text: string][] = [
  [
    "what is done on every turn",
    "src/loop/event_loop.ts",
    "      this.#unfinished = this.#everyTurn();\n",
  ],
  ["what is done in a quiet moment", "src/shim.ts", "    dropSpareBuffer();\n"],
];
for (const [name, file, text] of ALWAYS) {
  Deno.test(`the end of a container is told though ${name} throws`, async () => {
    const by = `      if (true) throw new Error("sabotage");\n${text}`;
    await using run = new Run({ shim: await mutant({ file, text, by }) });
    run.setup({ init: `echo up; read x <${run.gatePath}; exit 3` });
    await run.start();
    await run.untilOutput("up");
    await run.until(() => errors(run).length > 0, "it has thrown");
    await run.gate();
    await run.untilExit();
    assertEnd(run, "3");
  });
}

Deno.test("the look for those who hold the output throws", async () => {
  const text = "        if (search.next().done) return found;\n";
  const by = '        throw new Error("sabotage");\n';
  const shim = await mutant({ file: "src/life/drain.ts", text, by });
  await using run = new Run({ shim });
  run.setup({
    init: `(read x <${run.gatePath}; echo late) & exit 3`,
    runtime: { kill: { mode: "none" } },
  });
  await run.start();
  await run.until(
    () => run.shimLog().some(({ msg }) => msg.includes("has ended, but")),
    "the log says that it waits",
  );
  ok(!run.exited);
  await run.gate();
  await run.untilExit();
  strictEqual(run.text(), "late\n");
  strictEqual(run.stateFile("exitStatus"), "3");
});
