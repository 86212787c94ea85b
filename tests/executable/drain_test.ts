import { match, ok, strictEqual } from "node:assert/strict";
import { Run } from "../support/harness.ts";

/** Warnings about a container that has ended but whose output has not. */
function explanations(run: Run): string[] {
  return run.shimLog().map(({ msg }) => msg)
    .filter((msg) => msg.startsWith("The container has ended, but"));
}

for (const terminal of [false, true]) {
  const what = terminal ? "terminal" : "stdout";
  Deno.test(`a process that holds the ${what} open is named in the log, once`, async () => {
    await using run = new Run();
    run.setup({
      terminal,
      init: 'trap "" HUP; sleep 1000 & exit 3',
      runtime: { kill: { mode: "none" } },
    });
    await run.start();
    await run.untilFile("exitStatus");
    await run.until(() => explanations(run).length > 0, "the log explains");
    const holder = run.children().find(({ comm }) => comm === "sleep")!;
    match(explanations(run)[0], new RegExp(`process ${holder.pid} \\(sleep`));
    strictEqual(run.stateFile("exitStatus"), "3");
    ok(!run.exited, "the shim waits as long as it takes");
    run.sendSignal(9, holder.pid);
    await run.untilExit();
    strictEqual(explanations(run).length, 1);
  });
}

Deno.test("output that nobody reads is named in the log, once", async () => {
  await using run = new Run();
  run.setup({ init: "head -c 100000 /dev/zero; exit 3" });
  run.pauseReader("stdout");
  await run.start();
  await run.until(() => explanations(run).length > 0, "the log explains");
  match(explanations(run)[0], /does not read/);
  ok(!run.exited);
  run.resumeReader("stdout");
  await run.untilExit();
  strictEqual(run.output().length, 100_000);
  strictEqual(explanations(run).length, 1);
});

Deno.test("the end follows the last byte at once, however late that is read", async () => {
  await using run = new Run();
  // More than the FIFO holds, less than would keep the container from ending.
  run.setup({ init: "head -c 120000 /dev/zero; exit 3" });
  run.pauseReader("stdout");
  await run.start({ strace: "ppoll,write,execve" });
  await run.until(() => explanations(run).length > 0, "the log explains");
  run.resumeReader("stdout");
  await run.untilExit();
  strictEqual(run.output().length, 120_000);

  const calls = await run.straceLines();
  const begin = calls.findLastIndex(({ isShim, text }) =>
    isShim && /^write\(.* = \d{4,}$/.test(text)
  );
  const end = calls.findIndex(({ text }) => /^execve\(.*"delete"/.test(text));
  ok(0 < begin && begin < end, "the last byte comes before delete");
  const waits = calls.slice(begin, end)
    .filter(({ isShim, text }) => isShim && text.startsWith("ppoll("))
    .map(({ text }) => text);
  ok(!waits.some((text) => text.includes("Timeout")), waits.join("\n"));
});
