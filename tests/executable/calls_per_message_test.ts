import { ok, strictEqual } from "node:assert/strict";
import { Run } from "../support/harness.ts";
import { read } from "../support/posix.ts";
import type { TracedCall } from "../support/strace.ts";

// What a stream costs is counted in system calls: how fast the machine is, or
// how busy, makes no difference to them.

const MESSAGES = 50;
/** There and back: two waits, two reads, two writes, and as much again. */
const PER_MESSAGE = 12;
/** A wait and a write, and a few tries before the next wait. */
const PER_PAGE = 16;
/** For what else happens now and then: memory is given back. */
const ASIDE = 300;

/** The shim's calls between two of its own that have these texts in them. */
function between(
  calls: readonly TracedCall[],
  first: string,
  last: string,
): string[] {
  const own = calls.filter(({ isShim }) => isShim).map(({ text }) => text);
  const begin = own.findIndex((text) => text.includes(first));
  const end = own.findLastIndex((text) => text.includes(last));
  ok(0 <= begin && begin < end, "both are there");
  return own.slice(begin, end);
}

for (const terminal of [false, true]) {
  for (const before of ["nothing", "much"]) {
    const place = terminal ? "a terminal" : "pipes";
    Deno.test(`a message there and back costs a few system calls, after ${before} else: ${place}`, async () => {
      await using run = new Run();
      const count = before === "much" ? 1 << 19 : 0;
      const raw = terminal ? "stty raw -echo; " : "";
      run.setup({
        terminal,
        init: `${raw}head -c ${count} /dev/zero; echo up; exec cat`,
      });
      await run.start({ strace: "all" });
      await run.until(
        () => run.output().length === count + 3,
        "all has come",
      );
      const stdin = await run.openStdin();
      for (let number = 0; number <= MESSAGES; number++) {
        stdin.tryWrite(`message ${number}.\n`);
        await run.untilOutput(`message ${number}.\n`);
      }
      run.sendSignal(9, await run.initPid());
      await run.untilExit();
      const calls = between(
        await run.straceLines(),
        '"message 1.\\n"',
        `"message ${MESSAGES}.\\n"`,
      );
      const most = MESSAGES * PER_MESSAGE + ASIDE;
      ok(calls.length <= most, `${calls.length} calls`);
    });
  }
}

Deno.test("a reader that takes a page at a time costs a few system calls for each", async () => {
  await using run = new Run();
  const pages = 200, size = 4096;
  run.setup({ init: "exec cat /dev/zero" });
  run.pauseReader("stdout");
  await run.start({ strace: "all" });
  await run.until(() => run.waitingIn("stdout") >= 65_536, "the FIFO is full");
  const fd = run.readerFd("stdout");
  const page = new Uint8Array(size);
  for (let number = 0; number < pages; number++) {
    strictEqual(read(fd, page), size);
    // The shim has to give another, and then waits again.
    await run.until(
      () => run.waitingIn("stdout") >= 65_536,
      "it is full again",
    );
  }
  run.sendSignal(9, await run.initPid());
  run.resumeReader("stdout");
  await run.untilExit();
  const own = (await run.straceLines()).filter(({ isShim }) => isShim);
  const writes = own.filter(({ text }) => /^write\(.* = 4096$/.test(text));
  ok(writes.length >= pages / 2, `${writes.length} pages`);
  const waits = own.filter(({ text }) => text.startsWith("ppoll("));
  ok(
    own.length <= ASIDE + pages * PER_PAGE,
    `${own.length} calls, ${waits.length} of them waits`,
  );
});
