import { strictEqual } from "node:assert/strict";
import { Run } from "../support/harness.ts";
import { Rest } from "../support/rest.ts";

/** Until the shim has slept, without a break, for longer than any timer. */
async function untilAtRest(run: Run, what: string): Promise<void> {
  const rest = new Rest([run.pid]);
  await run.until(() => rest.lasted() > 1200, `the shim rests ${what}`);
}

Deno.test("a terminal with unread input, and output that nobody reads, is no work for the shim", async () => {
  await using run = new Run();
  run.setup({
    terminal: true,
    init: `stty raw -echo; echo up; read x < ${run.gatePath}; ` +
      "head -c 400000 /dev/zero; exec sleep 1000",
  });
  await run.start();
  await run.untilOutput("up\n");
  run.pauseReader("stdout");
  using stdin = await run.openStdin();
  for (let written = 0; written < 40_000; written += 4000) {
    strictEqual(stdin.tryWrite("i".repeat(4000)), "ok");
  }
  await run.gate();
  await run.until(() => run.waitingIn("stdout") > 30_000, "much is unread");
  await untilAtRest(run, "while the container lives");
  run.sendSignal(9, await run.initPid());
  await run.untilFile("exitStatus");
  await untilAtRest(run, "with what the container has left");
  run.resumeReader("stdout");
  await run.untilExit();
  strictEqual(run.stateFile("exitStatus"), "137");
});

Deno.test("a daemon that has hung up is no work for the shim, whatever it has left unread", async () => {
  await using run = new Run();
  run.setup({
    init: `head -c 400000 /dev/zero >&2 & head -c 400000 /dev/zero; wait; ` +
      `read x < ${run.gatePath}; exit 3`,
  });
  await run.start();
  await run.until(() => run.output().length > 0, "something has come");
  for (const name of ["exit", "stdout", "stderr"]) run.closeReader(name);
  run.closeControl();
  await untilAtRest(run, "with its FIFOs full");
  for (const name of ["exit", "stdout", "stderr"]) run.attachReader(name);
  run.openControl();
  await run.gate();
  await run.untilExit();
  strictEqual(run.stateFile("exitStatus"), "3");
  strictEqual(run.output("stdout").length, 400_000);
  strictEqual(run.output("stderr").length, 400_000);
});
