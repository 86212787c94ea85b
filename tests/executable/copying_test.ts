import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { compiled } from "../support/build.ts";
import { Run } from "../support/harness.ts";
import { read } from "../support/posix.ts";
import { isBlockedInWrite } from "../support/processes.ts";

const WRITER = compiled("support/writer.c");

/** How often each character is in a text. */
function counts(text: string): Record<string, number> {
  const found: Record<string, number> = {};
  for (const character of text) {
    found[character] = (found[character] ?? 0) + 1;
  }
  return found;
}

for (const how of ["write", "sendfile", "vmsplice"]) {
  Deno.test(`what a container printed with ${how} is read as it was, though its memory has changed since`, async () => {
    await using run = new Run();
    const file = `${run.root}/file`;
    run.setup({ init: [WRITER, "alias", how, file, run.gatePath] });
    run.pauseReader("stdout");
    await run.start();
    await run.until(
      () => run.waitingIn("stdout") === 49_152,
      "all is in the FIFO",
    );
    await run.gate();
    await run.untilFile("exitStatus");
    ok(Deno.statSync(`${file}.changed`).isFile);
    run.resumeReader("stdout");
    await run.untilExit();
    strictEqual(run.stateFile("exitStatus"), "0");
    deepStrictEqual(counts(run.text()), { "-": 16_384, "o": 32_768 });
  });
}

/** All there is now, by reads of so many bytes. */
function readInPieces(fd: number, size: number): string {
  const piece = new Uint8Array(size);
  let words = "";
  for (;;) {
    const count = read(fd, piece);
    if (count === "EAGAIN" || count === 0) return words;
    words += new TextDecoder().decode(piece.subarray(0, count));
  }
}

/** What `writer packets` prints. */
function packets(count: number): string {
  return Array.from(
    { length: count },
    (_, number) => `${number}:`.padEnd(1 + number * 733 % 4096, "x"),
  ).join("");
}

for (const spool of [false, true]) {
  const where = spool ? "through a spool" : "to a daemon that reads late";
  Deno.test(`packets of a container (O_DIRECT) arrive whole ${where}`, async () => {
    await using run = new Run();
    run.setup({ init: [WRITER, "packets", "1500"] });
    run.pauseReader("stdout");
    const more = { DOCKER_CONTAINERD_SHIM_SPOOL: `${run.root}:5M` };
    await run.start({ addedEnv: spool ? more : {} });
    // More than the FIFO, the shim and the pipe hold: three megabytes.
    if (spool) await run.untilFile("exitStatus");
    else {
      const writer = await run.initPid();
      await run.until(() => isBlockedInWrite(writer), "it has to wait");
    }
    // The rest of a packet would be lost to a reader of small pieces.
    const expected = packets(1500);
    let received = "";
    await run.until(() => {
      received += readInPieces(run.readerFd("stdout"), 1000);
      return received.length >= expected.length;
    }, "all has come");
    await run.untilExit();
    ok(received === expected, "some packets are cut off");
  });
}
