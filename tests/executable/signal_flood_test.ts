import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Run } from "../support/harness.ts";
import { Nuisance } from "../support/nuisance.ts";

const LINES = 50;

Deno.test("a flood of SIGCHLD keeps nothing that is ready from being served", async () => {
  await using run = new Run();
  run.setup({ init: "exec cat" });
  await run.start({ strace: "ppoll,read,write" });
  const init = await run.initPid();
  await run.untilRunning();
  await using flood = await Nuisance.start(
    "nuisance",
    "signals",
    `${run.pid}`,
  );
  using stdin = await run.openStdin();
  for (let line = 0; line < LINES; line++) {
    stdin.tryWrite(`${line}.\n`);
    await run.untilOutput(`${line}.\n`);
  }
  run.sendSignal(9, init);
  await run.untilExit();
  strictEqual(run.stateFile("exitStatus"), "137");
  await flood.end();

  const calls = (await run.straceLines()).filter(({ isShim }) => isShim)
    .map(({ text }) => text);
  const waits = calls.flatMap((text, at) =>
    text.startsWith("ppoll(") ? at : []
  );
  const missed: string[] = [];
  waits.forEach((at, index) => {
    const served = calls.slice(at + 1, waits[index + 1]);
    for (const [_, fd] of calls[at].matchAll(/\{fd=(\d+), revents=/g)) {
      const use = new RegExp(`^(read|write)\\(${fd},`);
      if (!served.some((text) => use.test(text))) {
        missed.push([calls[at], ...served].join("\n"));
      }
    }
  });
  deepStrictEqual(missed, []);
  const interrupted = calls.filter((text) => /^ppoll.*ERESTART/.test(text));
  console.log(`${waits.length} waits, ${interrupted.length} interrupted`);
  ok(interrupted.length > LINES, "it was a flood");
});
