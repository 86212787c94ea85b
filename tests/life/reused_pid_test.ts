import { strictEqual } from "node:assert/strict";
import { compiled } from "../support/build.ts";
import { Run } from "../support/harness.ts";

// It runs alone: which number the next process gets is the whole machine's.
Deno.test("init with the number of an orphan that has ended before is init", async () => {
  await using run = new Run();
  // An orphan ends with 9; then init gets its number, and ends with 3.
  const program = compiled("support/reused_pid.c");
  run.setup({
    wrap: `case $call in
  (create) exec ${program} "$pidfile" "${run.gatePath}";;
  (kill) kill -9 "$(cat "${run.state}/pid")"; exit 0;;
esac`,
  });
  await run.start();
  await run.untilOutput("init is up");
  await run.until(() => run.stateFile("pid") !== undefined, "create is over");
  await run.gate();
  await run.untilExit();
  strictEqual(run.stateFile("exitStatus"), "3");
  strictEqual(run.text(), "init is up\ninit ends\n");
});
