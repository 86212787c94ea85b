import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { OpenMode } from "../../ffi/fd.ts";
import { read, write } from "../../ffi/transfer.ts";
import { assertExact } from "../support/exact.ts";
import { RelayBench } from "../support/relay_bench.ts";
import {
  bytes,
  capacity,
  drain,
  fill,
  inPackets,
  text,
} from "../support/streams.ts";

Deno.test("Relay: pipe to pipe, byte for byte, and the pipes keep their capacity", () => {
  using bench = new RelayBench();
  const [source, sink] = [bench.pipe(), bench.pipe()];
  const pipes = [source.readEnd, sink.writeEnd];
  const before = pipes.map(capacity);
  bench.relay(source.readEnd, sink.writeEnd);
  assertExact(bench, source.writeEnd, sink.readEnd, {
    megabytes: 6,
    close: () => {},
    seed: 1,
  });
  assert.deepEqual(pipes.map(capacity), before);
  source.writeEnd.close();
  bench.finish();
  assert.equal(bench.ends, 1);
});

Deno.test("Relay: pty to pipe, byte for byte, and its hang-up is the end", () => {
  using bench = new RelayBench();
  const { master, slave } = bench.pty();
  const sink = bench.pipe();
  bench.relay(master, sink.writeEnd);
  assertExact(bench, slave, sink.readEnd, {
    megabytes: 2,
    close: () => {},
    seed: 2,
  });
  slave.close();
  bench.finish();
  assert.deepEqual([bench.ends, bench.messages], [1, []]);
});

Deno.test("Relay: pipe to pty, byte for byte", () => {
  using bench = new RelayBench();
  const { master, slave } = bench.pty();
  const source = bench.pipe();
  bench.relay(source.readEnd, master);
  assertExact(bench, source.writeEnd, slave, {
    megabytes: 1,
    close: () => source.writeEnd.close(),
    seed: 3,
  });
  bench.finish();
});

Deno.test("Relay: pipe to file, also one to append to", () => {
  for (const mode of [["write"], ["write", "append"]] as OpenMode[]) {
    using bench = new RelayBench();
    const before = mode.includes("append") ? "before " : "";
    const path = bench.dir.file("log", before);
    const source = bench.pipe();
    bench.relay(source.readEnd, bench.open(path, ...mode));
    let expected = before;
    for (const piece of ["one ", "two ", "x".repeat(50_000)]) {
      write(source.writeEnd, bytes(piece));
      expected += piece;
      bench.loop.turn(0);
      assert.equal(Deno.readTextFileSync(path), expected);
    }
    source.writeEnd.close();
    bench.finish();
    assert.deepEqual(bench.messages, []);
  }
});

Deno.test("Relay: file to pipe, to the end of the file", () => {
  using bench = new RelayBench();
  const content = new Uint8Array(700_000).map((_, i) => i * 7);
  const path = bench.dir.file("stdin", content);
  const sink = bench.pipe();
  bench.relay(bench.open(path, "read"), sink.writeEnd);
  const hash = createHash("sha256");
  bench.serveUntil(() => {
    hash.update(drain(sink.readEnd));
    return bench.ends > 0;
  });
  hash.update(drain(sink.readEnd));
  const expected = createHash("sha256").update(content);
  assert.equal(hash.digest("hex"), expected.digest("hex"));
});

Deno.test("Relay: /dev/null as a source ends at once, as a sink takes everything", () => {
  using bench = new RelayBench();
  const nothing = bench.open("/dev/null", "read and write");
  bench.relay(nothing, bench.pipe().writeEnd);
  bench.finish();

  using other = new RelayBench();
  const source = other.pipe();
  other.relay(source.readEnd, nothing);
  fill(source.writeEnd);
  other.loop.turn(0);
  assert.ok(fill(source.writeEnd) > 0);
  source.writeEnd.close();
  other.finish();
  assert.deepEqual(other.messages, []);
});

Deno.test("Relay: packets arrive whole, and the sink is not made to take packets", () => {
  using bench = new RelayBench();
  const [source, sink] = [bench.pipe(), bench.pipe()];
  inPackets(source.writeEnd);
  bench.relay(source.readEnd, sink.writeEnd);
  // Beyond PIPE_BUF they are several (pipe(2)).
  const lengths = [1, 100, 4095, 4096, 4097, 1, 10_000];
  let expected = "";
  for (const [index, length] of lengths.entries()) {
    const packet = String(index).repeat(length);
    write(source.writeEnd, bytes(packet));
    expected += packet;
  }
  let received = "";
  bench.serveUntil(() => {
    received += text(drain(sink.readEnd));
    return received.length >= expected.length;
  });
  assert.ok(received === expected, "some packets are cut off");

  write(source.writeEnd, bytes("one"));
  write(source.writeEnd, bytes("two"));
  bench.loop.turn(0);
  // The rest of a packet would be dropped by a short read.
  const pair = new Uint8Array(2);
  const next = () => {
    assert.deepEqual(read(sink.readEnd, pair), { kind: "moved", bytes: 2 });
    return text(pair);
  };
  assert.deepEqual([next(), next(), next()], ["on", "et", "wo"]);
});
