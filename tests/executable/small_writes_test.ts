import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Run } from "../support/harness.ts";

// A FIFO has room for sixteen writes that are not merged, or for 64 KiB. Each
// line here is a write of its own, relayed before the next one comes.

for (const terminal of [false, true]) {
  const what = terminal ? "a terminal" : "pipes";
  Deno.test(`short lines to ${what}, one by one, do not fill the FIFO of a daemon that is not reading`, async () => {
    await using run = new Run();
    const lines = 120;
    run.setup({
      terminal,
      init: `${terminal ? "stty -opost; " : ""}i=0; ` +
        `while [ $i -lt ${lines} ]; do echo line $i; i=$((i+1)); ` +
        "sleep 0.005; done; exit 3",
    });
    run.pauseReader("stdout");
    await run.start();
    await run.untilExit();
    strictEqual(run.stateFile("exitStatus"), "3");
    run.resumeReader("stdout");
    await run.untilEof("stdout");
    const expected = Array.from({ length: lines }, (_, i) => `line ${i}\n`);
    strictEqual(new TextDecoder().decode(run.output()), expected.join(""));
  });
}

Deno.test("a container may write lines of more than 100 KB before it has to wait for the daemon", async () => {
  await using run = new Run();
  const line = "x".repeat(79);
  run.setup({
    init: `i=0; while [ $i -lt 1300 ]; do echo ${line}; i=$((i+1)); done; ` +
      `echo done > ${run.root}/done; exit 3`,
  });
  run.pauseReader("stdout");
  await run.start();
  await run.untilFile("exitStatus");
  ok(Deno.readTextFileSync(`${run.root}/done`) === "done\n");
  run.resumeReader("stdout");
  await run.untilExit();
  deepStrictEqual(run.output().length, 1300 * 80);
});
