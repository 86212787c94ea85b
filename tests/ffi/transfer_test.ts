import assert from "node:assert/strict";
import { errnoOf } from "../../ffi/errno.ts";
import { open } from "../../ffi/fd.ts";
import { speedUp } from "../../ffi/libc.ts";
import { openPty } from "../../ffi/pty.ts";
import { setNonblocking } from "../../ffi/fd.ts";
import { read, write } from "../../ffi/transfer.ts";
import { fill, nonblockingPipe } from "../support/streams.ts";

const encoder = new TextEncoder();
const moved = (bytes: number) => ({ kind: "moved", bytes });
const failed = (name: Parameters<typeof errnoOf>[0]) => ({
  kind: "failed",
  errno: errnoOf(name),
});

/** A nonblocking pipe that closes with its scope. */
function testPipe() {
  const owned = new DisposableStack();
  return {
    ...nonblockingPipe(owned),
    [Symbol.dispose]: () => owned.dispose(),
  };
}

for (const fast of [false, true]) {
  const test = (name: string, body: () => void) =>
    Deno.test(`${name}${fast ? ", compiled" : ""}`, () => {
      if (fast) speedUp();
      body();
    });

  test("read() and write() tell how much they moved", () => {
    using p = testPipe();
    assert.deepEqual(write(p.writeEnd, encoder.encode("hello")), moved(5));
    const buffer = new Uint8Array(3);
    assert.deepEqual(read(p.readEnd, buffer), moved(3));
    assert.equal(new TextDecoder().decode(buffer), "hel");
    assert.deepEqual(read(p.readEnd, buffer), moved(2));
  });

  test("read() of an empty pipe would block, and then it ends", () => {
    using p = testPipe();
    const buffer = new Uint8Array(8);
    assert.deepEqual(read(p.readEnd, buffer), { kind: "would block" });
    p.writeEnd.close();
    assert.deepEqual(read(p.readEnd, buffer), { kind: "ended" });
  });

  test("write() into a full pipe would block, of more than fits moves a part", () => {
    using p = testPipe();
    const result = write(p.writeEnd, new Uint8Array(1 << 20));
    assert.ok(result.kind === "moved" && result.bytes < 1 << 20);
    fill(p.writeEnd);
    const more = write(p.writeEnd, new Uint8Array(1));
    assert.deepEqual(more, { kind: "would block" });
  });

  test("write() without a reader is EPIPE, and no signal ends the process", () => {
    using p = testPipe();
    p.readEnd.close();
    assert.deepEqual(write(p.writeEnd, encoder.encode("x")), failed("EPIPE"));
  });

  test("what else goes wrong has its errno", () => {
    using full = open("/dev/full", ["write"], "it");
    assert.deepEqual(write(full, encoder.encode("x")), failed("ENOSPC"));
    using directory = open("/", ["read"], "it");
    const buffer = new Uint8Array(8);
    assert.deepEqual(read(directory, buffer), failed("EISDIR"));
    directory.close();
    assert.deepEqual(read(directory, buffer), failed("EBADF"));
    assert.deepEqual(write(directory, buffer), failed("EBADF"));
  });

  test("read() of a pty whose last slave has closed is a hang-up", () => {
    const { master, slave } = openPty();
    using _ = master;
    setNonblocking(master);
    const buffer = new Uint8Array(8);
    assert.deepEqual(read(master, buffer), { kind: "would block" });
    slave.close();
    assert.deepEqual(read(master, buffer), { kind: "hung up" });
  });
}
