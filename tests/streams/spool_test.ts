import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { pipe, setNonblocking } from "../../ffi/fd.ts";
import { read, WOULD_BLOCK, write } from "../../ffi/transfer.ts";
import { Spool } from "../../src/streams/spool.ts";

function twoPipes() {
  const [source, sink] = [pipe("source"), pipe("sink")];
  const ends = [source.readEnd, source.writeEnd, sink.readEnd, sink.writeEnd];
  for (const end of ends) setNonblocking(end);
  return {
    source,
    sink,
    [Symbol.dispose]() {
      for (const end of ends) end.close();
    },
  };
}

function bytes(length: number, first = 0): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => (first + i * 7) & 0xff);
}

function openFds(): number {
  return [...Deno.readDirSync("/proc/self/fd")].length;
}

Deno.test("Spool gives what it took, in order, also around the end of its ring", () => {
  const directory = Deno.makeTempDirSync();
  try {
    using pipes = twoPipes();
    const before = openFds();
    const spool = new Spool({ directory, limit: 1000 }, () => {
      throw new Error("unexpected warning");
    });
    const out: number[] = [];
    const expected: number[] = [];
    const buffer = new Uint8Array(4096);
    for (let round = 0; round < 20; round++) {
      const part = bytes(700, round);
      strictEqual(write(pipes.source.writeEnd, part), 700);
      expected.push(...part);
      while (spool.take(pipes.source.readEnd) > 0);
      ok(!spool.empty);
      while (!spool.empty) ok(spool.give(pipes.sink.writeEnd) > 0);
      const count = read(pipes.sink.readEnd, buffer);
      out.push(...buffer.subarray(0, count));
    }
    deepStrictEqual(out, expected);
    deepStrictEqual([...Deno.readDirSync(directory)], [], "no file is seen");
    spool.close();
    strictEqual(openFds(), before);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

Deno.test("Spool takes no more than its limit and leaves the rest in the source", () => {
  const directory = Deno.makeTempDirSync();
  try {
    using pipes = twoPipes();
    const spool = new Spool({ directory, limit: 100 }, () => {});
    write(pipes.source.writeEnd, bytes(250));
    while (spool.hasRoom) ok(spool.take(pipes.source.readEnd) > 0);
    const buffer = new Uint8Array(4096);
    strictEqual(read(pipes.source.readEnd, buffer), 150);
    deepStrictEqual(buffer.slice(0, 150), bytes(250).slice(100));
    spool.close();
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

Deno.test("Spool reports the end of the source, and an empty one", () => {
  const directory = Deno.makeTempDirSync();
  try {
    using pipes = twoPipes();
    const spool = new Spool({ directory, limit: 100 }, () => {});
    strictEqual(spool.take(pipes.source.readEnd), WOULD_BLOCK);
    pipes.source.writeEnd.close();
    strictEqual(spool.take(pipes.source.readEnd), 0);
    spool.close();
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

Deno.test("Spool without a directory warns once and takes nothing", () => {
  using pipes = twoPipes();
  const warnings: string[] = [];
  const setting = { directory: "/nonexistent/spool", limit: 100 };
  const spool = new Spool(setting, (message) => warnings.push(message));
  write(pipes.source.writeEnd, bytes(10));
  strictEqual(spool.take(pipes.source.readEnd), WOULD_BLOCK);
  strictEqual(spool.take(pipes.source.readEnd), WOULD_BLOCK);
  ok(!spool.hasRoom);
  strictEqual(warnings.length, 1);
  ok(warnings[0].includes("/nonexistent/spool"), warnings[0]);
  const buffer = new Uint8Array(16);
  strictEqual(read(pipes.source.readEnd, buffer), 10, "nothing was taken");
});
