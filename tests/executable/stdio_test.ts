import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { Run } from "../support/harness.ts";

Deno.test("stdout and stderr do not mix, however much is written to both", async () => {
  await using run = await Run.life({
    init:
      "head -c 3000000 /dev/zero & head -c 2000000 /dev/zero | tr '\\0' x >&2 & wait",
  });
  deepStrictEqual(run.output("stdout"), new Uint8Array(3_000_000));
  deepStrictEqual(run.output("stderr"), new Uint8Array(2_000_000).fill(120));
});

Deno.test("clients come and go: stdin has not ended before the message", async () => {
  await using run = new Run();
  run.setup({ init: "cat; echo eof" });
  await run.start();
  for (const word of ["one\n", "two\n"]) {
    using stdin = await run.openStdin();
    stdin.tryWrite(word);
    await run.untilOutput(word);
  }
  strictEqual(run.text(), "one\ntwo\n");
  run.control("0 0 0\n");
  await run.untilExit();
  strictEqual(run.text(), "one\ntwo\neof\n");
});

Deno.test("a container that closes its stdin leaves its client unharmed", async () => {
  await using run = new Run();
  run.setup({
    init: `exec </dev/null; echo closed; read x < ${run.gatePath}; exit 0`,
  });
  await run.start();
  using stdin = await run.openStdin();
  await run.untilOutput("closed\n");
  for (let i = 0; i < 3; i++) {
    strictEqual(stdin.tryWrite("data\n"), "ok");
    await run.until(() => run.waitingIn("stdin") === 0, "the shim has read it");
  }
  await run.gate();
  await run.untilExit();
  strictEqual(run.exit.kind, "code");
});
