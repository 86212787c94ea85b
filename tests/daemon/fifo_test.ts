import assert from "node:assert/strict";
import {
  O_CLOEXEC,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
} from "../../ffi/constants.ts";
import { SystemError } from "../../ffi/errno.ts";
import { Fd, open } from "../../ffi/fd.ts";
import { read, write } from "../../ffi/transfer.ts";
import { listen } from "../../ffi/unix_socket.ts";
import {
  openControl,
  openForWriting,
  openInput,
  openOutput,
} from "../../src/daemon/fifo.ts";
import { Reaper } from "../../src/processes/reaper.ts";
import { newLoop, soon } from "../support/loop.ts";
import { errorOf, fdsNow, flagsOf, TempDir } from "../support/own_files.ts";
import { factsOf } from "../support/own_process.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const ACCESS = O_CLOEXEC | O_NONBLOCK | 3;

function textIn(fd: Fd): string {
  const buffer = new Uint8Array(100);
  const result = read(fd, buffer);
  const count = result.kind === "moved" ? result.bytes : 0;
  return new TextDecoder().decode(buffer.subarray(0, count));
}

/** Nothing here has to wait: what does is done in a process of its own. */
function waiting() {
  const loop = newLoop();
  return { loop, reaper: new Reaper(new Fd(-1), loop), allowance: soon() };
}

Deno.test("openForWriting() opens a FIFO that has a reader at once, nonblocking", () => {
  using dir = new TempDir();
  const path = dir.fifo("exit");
  using reader = open(path, ["read", "nonblocking"], "it");
  using writer = openForWriting(path, "FIFO", waiting());
  const flags = flagsOf(writer.raw) & ACCESS;
  assert.equal(flags, O_CLOEXEC | O_NONBLOCK | O_WRONLY);
  write(writer, bytes("x"));
  assert.equal(textIn(reader), "x");
});

Deno.test("openForWriting() waits for a reader that comes later", async () => {
  using dir = new TempDir();
  const path = dir.fifo("exit");
  assert.deepEqual(await factsOf("supervising", ["lateReader", path]), {
    result: true,
    left: 0,
    leaked: [],
  });
  assert.equal(Deno.readTextFileSync(`${path}.out`), "late");
});

Deno.test("openForWriting() gives up when the time is over, which it shares, and leaves nothing", async () => {
  using dir = new TempDir();
  const path = dir.fifo("stdout");
  const { result, ...rest } = await factsOf<
    { result: { first: string; second: string; left: number } }
  >("supervising", ["noReader", path]);
  const words = (name: string) =>
    `Cannot open ${name} "${path}" for writing: ` +
    "nobody opened it for reading in time (the limit is 15 s)";
  assert.deepEqual(
    [result.first, result.second],
    [words("stdout"), words("stderr")],
  );
  assert.deepEqual(rest, { left: 0, leaked: [] });
});

for (
  const [what, scenario] of [
    ["after a stop: a reader that has come meanwhile wins", "stoppedReader"],
    ["waits on when the child that waits is killed", "signalled"],
  ]
) {
  Deno.test(`openForWriting() ${what}`, async () => {
    using dir = new TempDir();
    const path = dir.fifo("stdout");
    assert.equal(await factsOf("supervising", [scenario, path]), "no error");
  });
}

Deno.test("openForWriting() does not wait where nobody can come", () => {
  using dir = new TempDir();
  using _socket = listen(dir.at("socket"));
  const cases: [path: string, code: "ENXIO" | "ENOENT" | "EISDIR"][] = [
    [dir.at("socket"), "ENXIO"],
    [dir.at("missing"), "ENOENT"],
    [dir.path, "EISDIR"],
  ];
  const before = fdsNow();
  for (const [path, code] of cases) {
    const error = errorOf(() => openForWriting(path, "stdout", waiting()));
    assert.ok(error instanceof SystemError && error.is(code), `${error}`);
    const words = `Cannot open stdout "${path}" for writing: `;
    assert.ok(error.message.startsWith(words), error.message);
  }
  assert.deepEqual(fdsNow(), before);
});

Deno.test("openInput() waits for nobody: a writer that comes and goes is no end, a closed holder is", () => {
  using dir = new TempDir();
  const before = fdsNow();
  {
    using input = openInput(dir.fifo("stdin"));
    const flags = [input.end, input.holder!].map(({ raw }) =>
      flagsOf(raw) & ACCESS
    );
    const both = O_CLOEXEC | O_NONBLOCK;
    assert.deepEqual(flags, [both | O_RDONLY, both | O_WRONLY]);
    for (const text of ["first", "second"]) {
      const writer = open(dir.at("stdin"), ["write", "nonblocking"], "it");
      write(writer, bytes(text));
      writer.close();
      assert.equal(textIn(input.end), text);
      assert.equal(read(input.end, new Uint8Array(1)).kind, "would block");
    }
    input.holder!.close();
    assert.equal(read(input.end, new Uint8Array(1)).kind, "ended");
  }
  assert.deepEqual(fdsNow(), before);
});

Deno.test("openInput() takes files and devices, which need no holder", () => {
  using dir = new TempDir();
  using file = openInput(dir.file("in", "content"));
  assert.equal(file.holder, undefined);
  assert.equal(textIn(file.end), "content");
  using device = openInput("/dev/null");
  assert.equal(device.holder, undefined);
  assert.equal(textIn(device.end), "");
});

Deno.test("openInput() of nothing or of a socket throws and leaks nothing", () => {
  using dir = new TempDir();
  using _socket = listen(dir.at("socket"));
  const before = fdsNow();
  assert.throws(
    () => openInput(dir.at("missing")),
    /Cannot open stdin .*ENOENT/,
  );
  assert.throws(() => openInput(dir.at("socket")), /Cannot open stdin .*ENXIO/);
  assert.deepEqual(fdsNow(), before);
});

Deno.test("openOutput(): a reader that leaves is no broken pipe, and misses nothing; closing leaves nothing", () => {
  using dir = new TempDir();
  const path = dir.fifo("stdout");
  const before = fdsNow();
  const first = open(path, ["read", "nonblocking"], "it");
  const output = openOutput(path, "stdout", "needed", waiting());
  assert.equal(
    flagsOf(output.holder!.raw) & ACCESS,
    O_CLOEXEC | O_NONBLOCK | O_RDONLY,
  );
  first.close();
  write(output.end, bytes("while away"));
  const second = open(path, ["read", "nonblocking"], "it");
  assert.equal(textIn(second), "while away");
  second.close();
  output[Symbol.dispose]();
  output[Symbol.dispose]();
  assert.deepEqual(fdsNow(), before);
});

Deno.test("openOutput() that needs no reader is open at once, and what is written waits", () => {
  using dir = new TempDir();
  const path = dir.fifo("stdout");
  using output = openOutput(path, "stdout", "not needed", waiting());
  write(output.end, bytes("early"));
  using reader = open(path, ["read", "nonblocking"], "it");
  assert.equal(textIn(reader), "early");
});

Deno.test("openOutput() of a file or a device has no holder, and does not wait", () => {
  using dir = new TempDir();
  const path = dir.file("log", "old");
  for (const reader of ["needed", "not needed"] as const) {
    using file = openOutput(path, "stdout", reader, waiting());
    using device = openOutput("/dev/null", "stderr", reader, waiting());
    assert.deepEqual([file.holder, device.holder], [undefined, undefined]);
    write(file.end, bytes("new"));
    assert.equal(Deno.readTextFileSync(path), "new");
  }
});

Deno.test("openControl() never ends when the daemon goes away", () => {
  using dir = new TempDir();
  using control = openControl(dir.fifo("control"));
  assert.equal(
    flagsOf(control.raw) & ACCESS,
    O_CLOEXEC | O_NONBLOCK | O_RDWR,
  );
  const daemon = open(dir.at("control"), ["write", "nonblocking"], "it");
  write(daemon, bytes("1 80 24\n"));
  daemon.close();
  assert.equal(textIn(control), "1 80 24\n");
  assert.equal(read(control, new Uint8Array(1)).kind, "would block");
});

Deno.test("openControl() without a FIFO throws", () => {
  using dir = new TempDir();
  assert.throws(
    () => openControl(dir.at("control")),
    /^SystemError: Cannot open FIFO ".*\/control": ENOENT/,
  );
});
