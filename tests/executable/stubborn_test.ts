import { deepStrictEqual, match, ok } from "node:assert/strict";
import { Run } from "../support/harness.ts";
import { hasty } from "../support/hasty.ts";
import { readOrNone } from "../support/look.ts";
import { close } from "../support/posix.ts";
import { connect } from "../support/sockets.ts";

// Somebody keeps the shim from what it waits for: its limits hold.

Deno.test("a connection to the console socket that says nothing keeps the shim no longer than its limit", async () => {
  await using run = new Run({ shim: await hasty() });
  const wrap = `[ "$call" != create ] || {
  for word; do case $word in (*/pty.sock) printf %s "$word" >"$d/socket";; esac; done
  read x <"$d/go"
  printf %s $$ >"$pidfile"; exit 0
}`;
  run.setup({ terminal: true, init: "sleep 1000", wrap });
  const go = `${run.runtimeDir}/go`;
  run.makeFifo(go);
  await run.start();
  const socket = () => readOrNone(`${run.runtimeDir}/socket`) ?? "";
  await run.until(() => socket() !== "", "create is called");
  const silent = connect(socket());
  try {
    await run.feedFifo(go, "\n");
    await run.untilExit();
    deepStrictEqual(run.exit, { kind: "code", code: 1 });
    match(run.shimLog().at(-1)!.msg, /handed over no terminal/);
    deepStrictEqual([...Deno.readDirSync(run.tmp)], []);
    ok(run.eof("exit") !== undefined);
  } finally {
    close(silent);
  }
});

Deno.test("whatever waits for the daemon is killed again and again: the shim gives up in its time", async () => {
  await using run = new Run({ shim: await hasty() });
  run.setup({ readers: ["exit", "control", "stderr"] });
  await run.start();
  let killed = 0;
  await run.until(() => {
    for (const { pid, state } of run.exited ? [] : run.children()) {
      if (state === "Z") continue;
      run.sendSignal(9, pid);
      killed++;
    }
    return run.exited;
  }, "it gives up");
  ok(killed > 1, `${killed}`);
  deepStrictEqual(run.exit, { kind: "code", code: 1 });
  match(run.shimLog().at(-1)!.msg, /stdout.*nobody opened it/);
});
