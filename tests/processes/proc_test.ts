import assert from "node:assert/strict";
import { isChild } from "../../ffi/process.ts";
import { children } from "../../src/processes/proc.ts";
import { TempDir, until } from "../support/own_files.ts";

Deno.test("isChild() is true for a child, also when it has ended unreaped", async () => {
  using dir = new TempDir();
  // The shell is ours; the sleep below it is not.
  const script = `sleep 60 & echo $! >${dir.at("pid")}; wait`;
  const shell = new Deno.Command("sh", { args: ["-c", script] }).spawn();
  let sleeper = 0;
  try {
    await until(
      () => (sleeper = pidIn(dir.at("pid"))) > 0,
      "the shell writes the pid",
    );
    assert.equal(isChild(shell.pid), true);
    assert.equal(isChild(sleeper), false);
    assert.ok(children().includes(shell.pid));
    assert.ok(!children().includes(sleeper));
  } finally {
    if (sleeper > 0) Deno.kill(sleeper, "SIGKILL");
    await shell.status;
  }
  assert.equal(isChild(shell.pid), false);
});

function pidIn(path: string): number {
  try {
    return Number(Deno.readTextFileSync(path));
  } catch {
    return 0;
  }
}

Deno.test("isChild() is false for this process, its parent, init and nobody", () => {
  for (const pid of [Deno.pid, Deno.ppid, 1, 2 ** 30]) {
    assert.equal(isChild(pid), false, `${pid}`);
  }
});
