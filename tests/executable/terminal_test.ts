import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Run } from "../support/harness.ts";
import { openFds } from "../support/processes.ts";

// The two generations of runtimes: the old one is told a terminal's path, the
// new one hands a terminal over.
for (const flags of ["legacy", "modern"] as const) {
  Deno.test(`${flags} runtime: a container has a terminal`, async () => {
    await using run = await Run.life({
      init: "test -t 0 && test -t 1 && test -t 2 && tty; echo err >&2; exit 3",
      terminal: true,
      runtime: { flags },
    });
    strictEqual(run.normalise(run.text()), "/dev/pts/<N>\r\nerr\r\n");
    strictEqual(run.stateFile("exitStatus"), "3");
    strictEqual(run.text("stderr"), "");
    deepStrictEqual([...Deno.readDirSync(run.tmp)], []);
  });

  Deno.test(`${flags} runtime: an init that lets go of its terminal for a moment still has it`, async () => {
    await using run = new Run();
    run.setup({
      init:
        'trap "" HUP; t=$(tty); echo bye; exec </dev/null >/dev/null 2>&1; ' +
        `read x < ${run.gatePath}; echo back >$t; exit 2`,
      terminal: true,
      runtime: { flags },
    });
    await run.start();
    await run.untilOutput("bye");
    const init = await run.initPid();
    const isAway = () => !openFds(init).some(({ link }) => /pts/.test(link));
    await run.until(isAway, "init has let go of its terminal");
    await run.gate();
    await run.untilExit();
    strictEqual(run.text(), "bye\r\nback\r\n");
    strictEqual(run.stateFile("exitStatus"), "2");
  });

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

Deno.test("the terminal and its socket do not leak into kill and delete", async () => {
  await using run = await Run.life({ terminal: true });
  for (const { cmd, fds } of run.calls()) {
    ok(fds.every(({ fd }) => fd <= 2), cmd);
    ok(!fds.some(({ link }) => /ptmx|pts/.test(link)), cmd);
  }
});
