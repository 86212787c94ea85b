import { ok, strictEqual } from "node:assert/strict";
import { compiled } from "../support/build.ts";
import { Run } from "../support/harness.ts";

const WRITER = compiled("support/writer.c");

/**
 * What a new pipe holds for a process of root without capabilities, as there
 * are in containers: only for those fs.pipe-user-pages-soft counts, and against
 * it everything that root has.
 */
function newPipe(): number {
  const { success, stdout } = new Deno.Command("setpriv", {
    args: ["--bounding-set=-sys_resource,-sys_admin", WRITER, "capacity"],
  }).outputSync();
  ok(success);
  return Number(new TextDecoder().decode(stdout));
}

Deno.test("shims that have moved much leave other processes their pipes", {
  ignore: Deno.uid() !== 0,
}, async () => {
  const size = 256 << 10;
  const before = newPipe();
  await using owned = new AsyncDisposableStack();
  const runs = Array.from({ length: 14 }, () => owned.use(new Run()));
  for (const run of runs) {
    const print = `dd if=/dev/zero bs=65536 count=${size >> 16}`;
    run.setup({
      init: `${print} 2>/dev/null; ${print} 1>&2 2>/dev/null; ` +
        `read x < ${run.gatePath}`,
    });
    await run.start();
  }
  for (const run of runs) {
    await run.until(
      () => run.output("stderr").length === size,
      "all has been printed and read",
    );
    strictEqual(run.output("stdout").length, size);
  }
  strictEqual(newPipe(), before);
  for (const run of runs) await run.gate();
  for (const run of runs) await run.untilExit();
});
