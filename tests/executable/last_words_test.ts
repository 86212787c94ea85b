import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { Run } from "../support/harness.ts";
import { readOrNone } from "../support/look.ts";
import { wrappedCalls } from "../support/wrapper.ts";

/** More than a FIFO holds, less than keeps the runtime from ending. */
const BYTES = 100_000;

for (const stream of ["stdout", "stderr"] as const) {
  Deno.test(`a create that fails with 100 kB on ${stream}: the shim waits for the daemon to read them`, async () => {
    await using run = new Run();
    const words = `head -c ${BYTES} /dev/zero >/dev/${stream}`;
    run.setup({
      wrap: `[ "$call" != create ] || {
  echo $$ >"$d/create"
  ${words}
  exit 1
}`,
    });
    run.pauseReader(stream);
    await run.start();
    const create = () => Number(readOrNone(`${run.runtimeDir}/create`));
    const sleeps = () => run.process(run.pid)?.state === "S";
    // What the shim then waits for is not delete.
    await run.until(
      () => create() > 0 && !run.process(create()) && (run.exited || sleeps()),
      "create has been reaped, and the shim sleeps",
    );
    deepStrictEqual(run.children(), []);
    deepStrictEqual(wrappedCalls(run), ["create"]);
    run.resumeReader(stream);
    await run.untilExit();
    strictEqual(run.output(stream).length, BYTES);
    deepStrictEqual(wrappedCalls(run), ["create", "delete"]);
    deepStrictEqual(run.exit, { kind: "code", code: 0 });
    strictEqual(run.stateFile("exitStatus"), undefined);
    match(run.shimLog().at(-1)!.msg, /create exited with status 1/);
  });
}
