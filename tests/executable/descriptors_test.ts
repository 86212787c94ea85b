import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { Run } from "../support/harness.ts";
import { LIMITS } from "../../src/loop/limits.ts";

/** Descriptors that a daemon has leaked, where an engine may have its own. */
const LEAKED = Object.fromEntries(
  Array.from({ length: 38 }, (_, i) => [i + 3, "/dev/null"]),
);

for (const terminal of [false, true]) {
  const streams = terminal ? "a terminal" : "pipes";

  Deno.test(`with descriptors 3 to 40 inherited a container with ${streams} lives and ends`, async () => {
    await using run = await Run.life(
      { terminal, init: "(sleep 0 &); echo out; exit 5" },
      { extraFds: LEAKED },
    );
    match(run.text(), /^out\r?\n$/);
    strictEqual(run.stateFile("exitStatus"), "5");
    strictEqual(run.shimResult(), 0);
    deepStrictEqual(run.shimLog(), []);
    for (const { cmd, fds } of run.calls()) {
      deepStrictEqual(fds.map(({ fd }) => fd), [0, 1, 2], cmd);
    }
  });

  Deno.test(`with ${streams} and any number of descriptors a container lives, or the log says at once why not`, async () => {
    let [lived, refused] = [0, 0];
    // As many as the README asks for, and then fewer.
    for (let limit = 30; limit >= 14; limit--) {
      await using run = new Run();
      run.setup({ terminal, init: "echo out; exit 5" });
      await run.start({ rlimits: { nofile: [limit, limit] } });
      // Sooner than anything that is waited for in vain would end it.
      await run.untilExit(LIMITS.console - 3000);
      const what = `with ${limit} descriptors`;
      const log = run.shimLog();
      if (run.shimResult() === 0) {
        lived++;
        strictEqual(refused, 0, `it lives ${what}, and not with one more`);
        match(run.text(), /^out\r?\n$/, what);
        strictEqual(run.stateFile("exitStatus"), "5", what);
      } else if (log.length > 0) {
        refused++;
        ok(lived > 0, what);
        strictEqual(run.shimResult(), 1, what);
        strictEqual(log.at(-1)!.level, "error", what);
        match(log.at(-1)!.msg, /EMFILE|too few descriptors/, what);
        strictEqual(run.stateFile("exitStatus"), undefined, what);
        ok(run.eof("exit"), what);
      } else {
        // The engine did not start.
        match(
          run.text("shim_stderr"),
          /too many open files|os error 24/i,
          what,
        );
      }
    }
    ok(lived > 0 && refused > 0, `${lived} lived, ${refused} were refused`);
  });
}
