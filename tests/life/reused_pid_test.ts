import { strictEqual } from "node:assert/strict";
import { compiled } from "../support/build.ts";
import { Run } from "../support/harness.ts";

// They run alone: which number the next process gets is the whole machine's.
for (const isBelowAnother of [false, true]) {
  const where = isBelowAnother ? ", below another process too," : "";
  Deno.test(`init with the number of an orphan that has ended before${where} is init`, async () => {
    await using run = new Run();
    const program = compiled("support/reused_pid.c");
    const parent = `${run.runtimeDir}/parent`;
    // An orphan ends with 9; then init gets its number, and ends with 3.
    run.setup({
      wrap: `case $call in
  (create) exec ${program} "$pidfile" "${run.gatePath}" ${
        isBelowAnother ? parent : ""
      };;
  (kill) kill -9 "$(cat "${run.state}/pid")"; exit 0;;
esac`,
    });
    run.makeFifo(parent);
    await run.start();
    await run.untilOutput("init is up");
    await run.until(() => run.stateFile("pid") !== undefined, "create is over");
    if (isBelowAnother) {
      await run.feedFifo(parent, "\n");
      const init = Number(run.stateFile("pid"));
      await run.until(
        () => run.process(init)?.ppid === run.pid,
        "init is the shim's child",
      );
    }
    await run.gate();
    await run.untilExit();
    strictEqual(run.stateFile("exitStatus"), "3");
    strictEqual(run.text(), "init is up\ninit ends\n");
  });
}
