import assert from "node:assert/strict";
import {
  O_APPEND,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
} from "../../ffi/constants.ts";
import { ERRNO } from "../../ffi/errno.ts";
import { open, pipe, setNonblocking } from "../../ffi/fd.ts";
import { openPty, openSlave } from "../../ffi/pty.ts";
import {
  HUNG_UP,
  read,
  splice,
  WOULD_BLOCK,
  write,
} from "../../ffi/transfer.ts";
import { TempDir } from "../support/own_files.ts";

const encoder = new TextEncoder();
const MOST = 1n << 20n;

/** A nonblocking pipe that closes with its scope. */
function testPipe() {
  const owned = new DisposableStack();
  const { readEnd, writeEnd } = pipe("test");
  for (const end of [owned.use(readEnd), owned.use(writeEnd)]) {
    setNonblocking(end);
  }
  return {
    readEnd,
    writeEnd,
    fill() {
      const chunk = new Uint8Array(4096);
      let total = 0;
      for (let n; (n = write(writeEnd, chunk)) > 0;) total += n;
      return total;
    },
    text() {
      const buffer = new Uint8Array(4096);
      const count = read(readEnd, buffer);
      return new TextDecoder().decode(buffer.subarray(0, count));
    },
    [Symbol.dispose]: () => owned.dispose(),
  };
}

Deno.test("read() and write() tell how much they moved", () => {
  using p = testPipe();
  assert.equal(write(p.writeEnd, encoder.encode("hello")), 5);
  const buffer = new Uint8Array(3);
  assert.equal(read(p.readEnd, buffer), 3);
  assert.equal(new TextDecoder().decode(buffer), "hel");
  assert.equal(read(p.readEnd, buffer), 2);
});

Deno.test("read() of an empty pipe would block, and is 0 after its end", () => {
  using p = testPipe();
  const buffer = new Uint8Array(8);
  assert.equal(read(p.readEnd, buffer), WOULD_BLOCK);
  p.writeEnd.close();
  assert.equal(read(p.readEnd, buffer), 0);
});

Deno.test("write() into a full pipe would block", () => {
  using p = testPipe();
  assert.ok(p.fill() > 0);
  assert.equal(write(p.writeEnd, new Uint8Array(1)), WOULD_BLOCK);
});

Deno.test("write() of more than fits moves a part", () => {
  using p = testPipe();
  const count = write(p.writeEnd, new Uint8Array(1 << 20));
  assert.ok(count > 0 && count < 1 << 20, `${count}`);
});

Deno.test("write() without a reader is EPIPE, and no signal ends the process", () => {
  using p = testPipe();
  p.readEnd.close();
  assert.equal(write(p.writeEnd, encoder.encode("x")), -ERRNO.EPIPE);
});

Deno.test("write() to a full device is ENOSPC", () => {
  using full = open("/dev/full", O_WRONLY, "it");
  assert.equal(write(full, encoder.encode("x")), -ERRNO.ENOSPC);
});

Deno.test("read() of a directory is EISDIR, of a closed descriptor EBADF", () => {
  using directory = open("/", O_RDONLY, "it");
  const buffer = new Uint8Array(8);
  assert.equal(read(directory, buffer), -ERRNO.EISDIR);
  directory.close();
  assert.equal(read(directory, buffer), -ERRNO.EBADF);
  assert.equal(write(directory, buffer), -ERRNO.EBADF);
});

Deno.test("read() of a pty whose last slave has closed is a hang-up", () => {
  using master = openPty().master;
  setNonblocking(master);
  const slave = openSlave(master)!;
  const buffer = new Uint8Array(8);
  assert.equal(read(master, buffer), WOULD_BLOCK);
  slave.close();
  assert.equal(read(master, buffer), HUNG_UP);
});

Deno.test("splice() moves between pipes, up to the limit given", () => {
  using a = testPipe();
  using b = testPipe();
  write(a.writeEnd, encoder.encode("hello world"));
  assert.equal(splice(a.readEnd, b.writeEnd, 5n), 5);
  assert.equal(b.text(), "hello");
  assert.equal(splice(a.readEnd, b.writeEnd, MOST), 6);
  assert.equal(b.text(), " world");
});

Deno.test("splice() from an empty or into a full pipe would block, at its end is 0", () => {
  using a = testPipe();
  using b = testPipe();
  assert.equal(splice(a.readEnd, b.writeEnd, MOST), WOULD_BLOCK);
  write(a.writeEnd, encoder.encode("x"));
  b.fill();
  assert.equal(splice(a.readEnd, b.writeEnd, MOST), WOULD_BLOCK);
  assert.equal(a.text(), "x");
  a.writeEnd.close();
  using c = testPipe();
  assert.equal(splice(a.readEnd, c.writeEnd, MOST), 0);
});

Deno.test("splice() does not wait on blocking descriptors either", () => {
  using dir = new TempDir();
  const { readEnd, writeEnd } = pipe("blocking");
  using _ = readEnd;
  using __ = writeEnd;
  using fifo = open(dir.fifo("fifo"), O_RDWR, "it");
  assert.equal(splice(readEnd, fifo, MOST), WOULD_BLOCK);
});

Deno.test("splice() moves between a file and a pipe, either way", () => {
  using dir = new TempDir();
  using p = testPipe();
  using source = open(dir.file("source", "from a file"), O_RDONLY, "it");
  assert.equal(splice(source, p.writeEnd, MOST), 11);
  assert.equal(splice(source, p.writeEnd, MOST), 0);
  using target = open(dir.file("target"), O_WRONLY, "it");
  assert.equal(splice(p.readEnd, target, MOST), 11);
  assert.equal(Deno.readTextFileSync(dir.at("target")), "from a file");
});

Deno.test("splice() without a pipe, or into a file to append to, is unsupported", () => {
  using dir = new TempDir();
  using p = testPipe();
  using source = open(dir.file("source", "text"), O_RDONLY, "it");
  using target = open(dir.file("target"), O_WRONLY, "it");
  using appending = open(dir.at("target"), O_WRONLY | O_APPEND, "it");
  assert.equal(splice(source, target, MOST), -ERRNO.EINVAL);
  write(p.writeEnd, encoder.encode("x"));
  assert.equal(splice(p.readEnd, appending, MOST), -ERRNO.EINVAL);
  assert.equal(p.text(), "x");
});

Deno.test("splice() without a reader is EPIPE", () => {
  using a = testPipe();
  using b = testPipe();
  write(a.writeEnd, encoder.encode("x"));
  b.readEnd.close();
  assert.equal(splice(a.readEnd, b.writeEnd, MOST), -ERRNO.EPIPE);
});

Deno.test("splice() of a FIFO opened nonblocking works as of a pipe", () => {
  using dir = new TempDir();
  using p = testPipe();
  const path = dir.fifo("fifo");
  using source = open(path, O_RDONLY | O_NONBLOCK, "it");
  using feeder = open(path, O_WRONLY | O_NONBLOCK, "it");
  assert.equal(splice(source, p.writeEnd, MOST), WOULD_BLOCK);
  write(feeder, encoder.encode("through"));
  assert.equal(splice(source, p.writeEnd, MOST), 7);
  assert.equal(p.text(), "through");
});
