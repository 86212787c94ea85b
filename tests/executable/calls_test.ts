import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { Run } from "../support/harness.ts";

Deno.test("what the daemon has open does not reach the runtime", async () => {
  await using run = new Run();
  run.setup();
  const extraFds = { 3: "/etc/passwd", 5: "/etc/group", 77: "/etc/hostname" };
  await run.start({ extraFds });
  await run.untilExit();
  strictEqual(run.stateFile("exitStatus"), "0");
  for (const { cmd, fds } of run.calls()) {
    deepStrictEqual(fds.map(({ fd }) => fd), [0, 1, 2], cmd);
  }
});

Deno.test("the shim can be started without stdin, stdout and stderr", async () => {
  await using run = new Run();
  run.setup({ init: "echo hi; echo e >&2; cat; exit 4" });
  await run.start({ closeFds: [0, 1, 2] });
  run.control("0 0 0\n");
  await run.untilExit();
  strictEqual(run.stateFile("exitStatus"), "4");
  strictEqual(run.text("stdout"), "hi\n");
  strictEqual(run.text("stderr"), "e\n");
  deepStrictEqual(run.calls()[0].fds.map(({ fd }) => fd), [0, 1, 2]);
});

Deno.test("signals that the daemon ignores are at their default, blocked ones stay blocked", async () => {
  await using run = new Run();
  run.setup();
  await run.start({
    ignoreSignals: [1, 2, 3, 12, 13, 15],
    blockSignals: [10, 35],
  });
  await run.untilExit();
  for (const { cmd, status } of run.calls()) {
    strictEqual(status.SigIgn, "0000000000000000", `${cmd}: ignored`);
    strictEqual(status.SigBlk, "0000000400000200", `${cmd}: blocked`);
  }
});

Deno.test("each call is the shim's own child, and has its umask", async () => {
  await using run = await Run.life({}, { umask: 0o027 });
  for (const { cmd, ppid, status } of run.calls()) {
    strictEqual(ppid, run.pid, cmd);
    strictEqual(status.Umask, "0027", cmd);
  }
});
