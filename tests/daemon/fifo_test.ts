import assert from "node:assert/strict";
import {
  O_CLOEXEC,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  POLLHUP,
  POLLIN,
} from "../../ffi/constants.ts";
import { SystemError } from "../../ffi/errno.ts";
import { type Fd, open } from "../../ffi/fd.ts";
import { PollSet } from "../../ffi/poll.ts";
import { listen } from "../../ffi/unix_socket.ts";
import { read, WOULD_BLOCK, write } from "../../ffi/transfer.ts";
import {
  openControl,
  openForWriting,
  openInput,
  openOutput,
} from "../../src/daemon/fifo.ts";
import {
  fdsNow,
  flagsOf,
  rejectionOf,
  TempDir,
  until,
} from "../support/own_files.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const soon = () => performance.now() + 10_000;
const ACCESS = O_CLOEXEC | O_NONBLOCK | 3;

function textIn(fd: Fd): string {
  const buffer = new Uint8Array(100);
  const count = read(fd, buffer);
  return new TextDecoder().decode(buffer.subarray(0, Math.max(0, count)));
}

function eventsOf(fd: Fd): number {
  const set = new PollSet();
  set.set(0, fd.raw, POLLIN);
  set.wait(1, 0);
  return set.ready(0);
}

Deno.test("openForWriting() opens a FIFO that has a reader at once, nonblocking", async () => {
  using dir = new TempDir();
  const path = dir.fifo("exit");
  using reader = open(path, O_RDONLY | O_NONBLOCK, "it");
  using writer = await openForWriting(path, "FIFO", soon());
  assert.equal(
    flagsOf(writer.raw) & ACCESS,
    O_CLOEXEC | O_NONBLOCK | O_WRONLY,
  );
  write(writer, bytes("x"));
  assert.equal(textIn(reader), "x");
});

Deno.test("openForWriting() waits for a reader that comes later", async () => {
  using dir = new TempDir();
  const path = dir.fifo("exit");
  let open_ = false;
  const opening = openForWriting(path, "FIFO", soon());
  opening.then(() => open_ = true);
  for (let turn = 0; turn < 20; turn++) {
    await new Promise((resolve) => setTimeout(resolve));
  }
  assert.equal(open_, false);
  using reader = open(path, O_RDONLY | O_NONBLOCK, "it");
  using writer = await opening;
  assert.equal(
    flagsOf(writer.raw) & ACCESS,
    O_CLOEXEC | O_NONBLOCK | O_WRONLY,
  );
  write(writer, bytes("late"));
  assert.equal(textIn(reader), "late");
});

Deno.test("openForWriting() gives up at the deadline, and a reader that comes then finds no writer", async () => {
  using dir = new TempDir();
  const path = dir.fifo("stdout");
  const before = fdsNow();
  const deadline = performance.now() + 30;
  const error = await rejectionOf(openForWriting(path, "stdout", deadline));
  assert.ok(performance.now() >= deadline - 1);
  assert.match(
    error.message,
    /^Cannot open stdout ".*\/stdout" for writing: nobody opened it for reading in time \(the limit is 15 s\)$/,
  );
  {
    using reader = open(path, O_RDONLY | O_NONBLOCK, "it");
    // A hang-up is reported once a writer has been there and left.
    await until(
      () => (eventsOf(reader) & POLLHUP) !== 0,
      "the late writer leaves",
    );
  }
  assert.deepEqual(fdsNow(), before);
});

Deno.test("openForWriting() opens files and devices as they are", async () => {
  using dir = new TempDir();
  using file = await openForWriting(dir.file("out", "old"), "stdout", soon());
  write(file, bytes("new"));
  assert.equal(Deno.readTextFileSync(dir.at("out")), "new");
  using _device = await openForWriting("/dev/null", "stdout", soon());
});

Deno.test("openForWriting() does not wait where nobody can come", async () => {
  using dir = new TempDir();
  using _socket = listen(dir.at("socket"));
  const cases: [path: string, code: "ENXIO" | "ENOENT" | "EISDIR"][] = [
    [dir.at("socket"), "ENXIO"],
    [dir.at("missing"), "ENOENT"],
    [dir.path, "EISDIR"],
  ];
  const before = fdsNow();
  for (const [path, code] of cases) {
    const error = await rejectionOf(openForWriting(path, "stdout", soon()));
    assert.ok(error instanceof SystemError && error.is(code), `${error}`);
    assert.ok(
      error.message.startsWith(`Cannot open stdout "${path}" for writing: `),
    );
  }
  assert.deepEqual(fdsNow(), before);
});

Deno.test("openInput() holds both ends of a FIFO and waits for nobody", () => {
  using dir = new TempDir();
  const before = fdsNow();
  {
    using input = openInput(dir.fifo("stdin"));
    assert.equal(
      flagsOf(input.end.raw) & ACCESS,
      O_CLOEXEC | O_NONBLOCK | O_RDONLY,
    );
    assert.equal(
      flagsOf(input.holder!.raw) & ACCESS,
      O_CLOEXEC | O_NONBLOCK | O_WRONLY,
    );
  }
  assert.deepEqual(fdsNow(), before);
});

Deno.test("openInput(): a writer that comes and goes is no end, a closed holder is", () => {
  using dir = new TempDir();
  using input = openInput(dir.fifo("stdin"));
  for (const text of ["first", "second"]) {
    using writer = open(dir.at("stdin"), O_WRONLY | O_NONBLOCK, "it");
    write(writer, bytes(text));
    writer.close();
    assert.equal(textIn(input.end), text);
    assert.equal(read(input.end, new Uint8Array(1)), WOULD_BLOCK);
  }
  input.holder!.close();
  assert.equal(read(input.end, new Uint8Array(1)), 0);
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

Deno.test("openOutput(): a reader that leaves is no broken pipe, and misses nothing", async () => {
  using dir = new TempDir();
  const path = dir.fifo("stdout");
  const first = open(path, O_RDONLY | O_NONBLOCK, "it");
  using output = await openOutput(path, "stdout", soon());
  assert.equal(
    flagsOf(output.holder!.raw) & ACCESS,
    O_CLOEXEC | O_NONBLOCK | O_RDONLY,
  );
  first.close();
  assert.equal(write(output.end, bytes("while away")), 10);
  using second = open(path, O_RDONLY | O_NONBLOCK, "it");
  assert.equal(textIn(second), "while away");
});

Deno.test("HeldFifo.unread: what waits for the daemon, nothing in a file", async () => {
  using dir = new TempDir();
  const path = dir.fifo("stdout");
  using reader = open(path, O_RDONLY | O_NONBLOCK, "it");
  using output = await openOutput(path, "stdout", soon());
  assert.equal(output.unread, 0);
  write(output.end, bytes("12345"));
  assert.equal(output.unread, 5);
  textIn(reader);
  assert.equal(output.unread, 0);
  using file = await openOutput(dir.file("log"), "stdout", soon());
  write(file.end, bytes("12345"));
  assert.equal(file.unread, 0);
});

Deno.test("openOutput() of a file or a device has no holder", async () => {
  using dir = new TempDir();
  using file = await openOutput(dir.file("log"), "stdout", soon());
  using device = await openOutput("/dev/null", "stderr", soon());
  assert.deepEqual([file.holder, device.holder], [undefined, undefined]);
});

Deno.test("openOutput() closes with its scope, and not twice", async () => {
  using dir = new TempDir();
  const path = dir.fifo("stdout");
  using _reader = open(path, O_RDONLY | O_NONBLOCK, "it");
  const before = fdsNow();
  const output = await openOutput(path, "stdout", soon());
  output[Symbol.dispose]();
  output[Symbol.dispose]();
  assert.deepEqual(fdsNow(), before);
});

Deno.test("openControl() never ends when the daemon goes away", () => {
  using dir = new TempDir();
  using control = openControl(dir.fifo("control"));
  assert.equal(
    flagsOf(control.raw) & ACCESS,
    O_CLOEXEC | O_NONBLOCK | O_RDWR,
  );
  const daemon = open(dir.at("control"), O_WRONLY | O_NONBLOCK, "it");
  write(daemon, bytes("1 80 24\n"));
  daemon.close();
  assert.equal(textIn(control), "1 80 24\n");
  assert.equal(read(control, new Uint8Array(1)), WOULD_BLOCK);
});

Deno.test("openControl() without a FIFO throws", () => {
  using dir = new TempDir();
  assert.throws(
    () => openControl(dir.at("control")),
    /^SystemError: Cannot open FIFO ".*\/control": ENOENT/,
  );
});
