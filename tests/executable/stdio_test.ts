import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Run } from "../support/harness.ts";
import { sha256 } from "../support/normalise.ts";

/** Bytes that show when some are lost, doubled or swapped. */
function numbered(lines: number): Uint8Array {
  const text = Array.from(
    { length: lines },
    (_, i) => `${i}`.padStart(7, "0") + "\n",
  );
  return new TextEncoder().encode(text.join(""));
}

/** Writes a file that an init can copy to its output. */
function dataFile(run: Run, bytes: Uint8Array): string {
  const path = `${run.root}/data`;
  Deno.writeFileSync(path, bytes);
  return path;
}

// ---- output ----------------------------------------------------------------

Deno.test("64 MiB of output arrive whole and in order", async () => {
  await using run = new Run();
  const bytes = new Uint8Array(64 << 20);
  const block = crypto.getRandomValues(new Uint8Array(65_536));
  for (let at = 0; at < bytes.length; at += block.length) {
    bytes.set(block, at);
    bytes[at] = at >> 16;
    bytes[at + 1] = at >> 24;
  }
  run.setup({ init: `exec cat ${dataFile(run, bytes)}` });
  await run.start();
  await run.untilExit();
  strictEqual(run.output().length, bytes.length);
  strictEqual(sha256(run.output()), sha256(bytes));
});

Deno.test("stdout and stderr do not mix, however much is written to both", async () => {
  await using run = await Run.life({
    init:
      "head -c 3000000 /dev/zero & head -c 2000000 /dev/zero | tr '\\0' x >&2 & wait",
  });
  deepStrictEqual(run.output("stdout"), new Uint8Array(3_000_000));
  deepStrictEqual(run.output("stderr"), new Uint8Array(2_000_000).fill(120));
});

Deno.test("a reader that leaves and comes back misses nothing", async () => {
  await using run = new Run();
  const bytes = numbered(131_072);
  const file = dataFile(run, bytes);
  run.setup({
    init: `head -c 200000 ${file}; read x < ${run.gatePath}; ` +
      `tail -c +200001 ${file}; exit 8`,
  });
  await run.start();
  await run.until(() => run.output().length === 200_000, "the first part came");
  run.closeReader("stdout");
  await run.gate();
  // Nobody reads: the FIFO fills up and the container waits.
  await run.until(() => run.waitingIn("stdout") > 0, "the FIFO has something");
  run.attachReader("stdout");
  await run.untilExit();
  strictEqual(sha256(run.output()), sha256(bytes));
  strictEqual(run.stateFile("exitStatus"), "8");
});

Deno.test("a daemon that goes away altogether does not end the container", async () => {
  await using run = new Run();
  run.setup({ init: `echo a; read x < ${run.gatePath}; echo b; cat; exit 8` });
  await run.start();
  await run.untilOutput("a\n");
  for (const name of ["exit", "stdout", "stderr"]) run.closeReader(name);
  run.closeControl();
  await run.gate();
  await run.until(() => run.waitingIn("stdout") === 2, "b is in the FIFO");
  for (const name of ["exit", "stdout", "stderr"]) run.attachReader(name);
  run.openControl();
  await run.untilOutput("b\n");
  strictEqual(run.eof("exit"), undefined, "a new reader sees no hang-up");
  run.control("0 0 0\n");
  await run.untilExit();
  ok(run.eof("exit"));
  strictEqual(run.stateFile("exitStatus"), "8");
});

Deno.test("output beyond the FIFO waits for its reader after the container's end", async () => {
  await using run = new Run();
  run.setup({ init: "head -c 100000 /dev/zero; exit 3" });
  run.pauseReader("stdout");
  await run.start();
  await run.untilFile("exitStatus");
  await run.untilCall("kill", { ended: true });
  strictEqual(run.exited, false);
  strictEqual(run.eof("exit"), undefined);
  run.resumeReader("stdout");
  await run.untilExit();
  strictEqual(run.output().length, 100_000);
});

Deno.test("a connected reader gets what fits the FIFO after the shim is gone", async () => {
  await using run = new Run();
  run.setup({ init: "head -c 30000 /dev/zero; exit 0" });
  run.pauseReader("stdout");
  await run.start();
  await run.until(() => run.exited, "the shim has ended");
  run.resumeReader("stdout");
  await run.untilEof("stdout");
  strictEqual(run.output().length, 30_000);
});

Deno.test("stdout and stderr may be one FIFO", async () => {
  await using run = new Run();
  const containerdStderr = `${run.io}/stdout`;
  run.setup({
    init: "echo o; echo e >&2; exit 0",
    process: { containerdStderr },
  });
  await run.start();
  await run.untilExit();
  deepStrictEqual(run.text().split("\n").sort(), ["", "e", "o"]);
});

Deno.test("with /dev/null for everything much output does not stop the container", async () => {
  const nowhere = "/dev/null";
  await using run = await Run.life({
    init: "cat; head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2; exit 4",
    process: {
      containerdStdin: nowhere,
      containerdStdout: nowhere,
      containerdStderr: nowhere,
    },
  });
  strictEqual(run.stateFile("exitStatus"), "4");
});

Deno.test("stdio may be plain files", async () => {
  await using run = new Run();
  run.setup({ init: "cat; echo e >&2", ioFifos: [] });
  Deno.writeTextFileSync(`${run.io}/stdin`, "from a file\n");
  Deno.writeTextFileSync(`${run.io}/stdout`, "longer than what is written\n");
  Deno.writeTextFileSync(`${run.io}/stderr`, "");
  await run.start();
  await run.untilExit();
  strictEqual(
    Deno.readTextFileSync(`${run.io}/stdout`),
    "from a file\nwhat is written\n",
    "written from the start, not truncated",
  );
  strictEqual(Deno.readTextFileSync(`${run.io}/stderr`), "e\n");
});

Deno.test("stdio paths are relative to the state directory and may be links", async () => {
  await using run = new Run();
  Deno.symlinkSync("stdout", `${run.io}/link`);
  const containerdStdout = "../io/link";
  run.setup({ init: "echo through", process: { containerdStdout } });
  await run.start();
  await run.untilExit();
  strictEqual(run.text(), "through\n");
});

// ---- input -----------------------------------------------------------------

Deno.test("stdin arrives whole and ends when the daemon closes it", async () => {
  await using run = new Run();
  const bytes = numbered(131_072);
  run.setup({ init: "sha256sum; exit 5" });
  await run.start();
  const stdin = await run.openStdin();
  deepStrictEqual(await stdin.write(bytes), {
    written: bytes.length,
    outcome: "all",
  });
  run.control("0 0 0\n");
  stdin.close();
  await run.untilExit();
  strictEqual(run.text(), `${sha256(bytes)}  -\n`);
  strictEqual(run.stateFile("exitStatus"), "5");
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

Deno.test("after the message stdin lasts as long as its last client", async () => {
  await using run = new Run();
  run.setup({ init: "cat; echo eof" });
  await run.start();
  const stdin = await run.openStdin();
  run.control("0 0 0\n");
  await run.until(() => run.controlPending() === 0, "the message is taken");
  stdin.tryWrite("more\n");
  await run.untilOutput("more\n");
  stdin.close();
  await run.untilExit();
  strictEqual(run.text(), "more\neof\n");
});

for (const when of ["before the start", "while create runs"]) {
  Deno.test(`stdin can be closed ${when}`, async () => {
    await using run = new Run();
    run.setup({ init: "cat; echo eof", runtime: { create: { delayMs: 100 } } });
    if (when === "before the start") run.control("0 0 0\n");
    await run.start();
    await run.untilCall("create");
    if (when === "while create runs") run.control("0 0 0\n");
    await run.untilExit();
    strictEqual(run.text(), "eof\n");
  });
}

Deno.test("input that waits in the FIFO before the start is not lost", async () => {
  await using run = new Run();
  run.setup({ init: "cat; echo eof" });
  using stdin = run.prefillStdin("early\n");
  await run.start();
  await run.untilOutput("early\n");
  stdin.close();
  run.control("0 0 0\n");
  await run.untilExit();
  strictEqual(run.text(), "early\neof\n");
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

Deno.test("a container that never reads blocks its client, not its own end", async () => {
  await using run = new Run();
  run.setup({ init: `read x < ${run.gatePath}; exit 6` });
  await run.start();
  using stdin = await run.openStdin();
  const flood = await stdin.write(new Uint8Array(8 << 20), { withinMs: 1000 });
  strictEqual(flood.outcome, "blocked");
  await run.gate();
  await run.untilExit();
  strictEqual(run.stateFile("exitStatus"), "6");
});

// ---- what the runtime says -------------------------------------------------

Deno.test("what create prints comes first on the container's own streams", async () => {
  await using run = await Run.life({
    init: "echo body",
    runtime: { create: { stdout: "from runc\n", stderr: "warning\n" } },
  });
  strictEqual(run.text("stdout"), "from runc\nbody\n");
  strictEqual(run.text("stderr"), "warning\n");
});
