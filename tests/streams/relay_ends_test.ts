import assert from "node:assert/strict";
import { write } from "../../ffi/transfer.ts";
import { assertExact } from "../support/exact.ts";
import { RelayBench } from "../support/relay_bench.ts";
import { bytes, drain, fill, text } from "../support/streams.ts";

Deno.test("Relay: a sink that refuses bytes is named once, and the source drained", () => {
  using bench = new RelayBench();
  const source = bench.pipe();
  const sink = bench.open("/dev/full", "write");
  const relay = bench.relay(source.readEnd, sink);
  for (let round = 0; round < 10; round++) {
    assert.ok(fill(source.writeEnd) > 0, `round ${round}`);
    bench.serveUntil(() => !relay.undelivered);
  }
  bench.settle();
  assert.equal(bench.messages.length, 1);
  assert.match(
    bench.messages[0],
    /^Cannot write to stdout "\/x": ENOSPC \(no space left on device\); /,
  );
  source.writeEnd.close();
  bench.finish();
  assert.equal(bench.messages.length, 1);
});

Deno.test("Relay: a sink without a reader is named once, and the source drained", () => {
  using bench = new RelayBench();
  const [source, sink] = [bench.pipe(), bench.pipe()];
  const relay = bench.relay(source.readEnd, sink.writeEnd);
  sink.readEnd.close();
  for (let round = 0; round < 3; round++) {
    assert.ok(fill(source.writeEnd) > 0);
    bench.serveUntil(() => !relay.undelivered);
  }
  bench.settle();
  assert.equal(bench.messages.length, 1);
  assert.match(bench.messages[0], /EPIPE \(broken pipe\)/);
});

Deno.test("Relay: a reader that leaves a full pipe wakes the relay up", () => {
  using bench = new RelayBench();
  const [source, sink] = [bench.pipe(), bench.pipe()];
  const relay = bench.relay(source.readEnd, sink.writeEnd);
  fill(sink.writeEnd);
  fill(source.writeEnd);
  bench.settle();
  sink.readEnd.close();
  bench.serveUntil(() => !relay.undelivered);
  assert.equal(bench.messages.length, 1);
  assert.equal(bench.ends, 0);
});

Deno.test("Relay: a source that cannot be read is the end, with the reason", () => {
  using bench = new RelayBench();
  bench.relay(bench.open("/", "read"), bench.pipe().writeEnd);
  bench.finish();
  assert.equal(bench.messages.length, 1);
  assert.match(bench.messages[0], /^Cannot read.*: EISDIR \(is a directory\)$/);
});

Deno.test("Relay: a source that hangs up without a word is the end, and no work", () => {
  for (const kind of ["pipe", "terminal"] as const) {
    using bench = new RelayBench();
    const sink = bench.pipe();
    const { readEnd, writeEnd } = bench.pipe();
    const { master, slave } = bench.pty();
    bench.relay(kind === "pipe" ? readEnd : master, sink.writeEnd);
    bench.settle();
    (kind === "pipe" ? writeEnd : slave).close();
    bench.loop.turn(0);
    assert.deepEqual([bench.ends, bench.messages], [1, []]);
    bench.settle();
    assert.equal(bench.ends, 1);
  }
});

Deno.test("Relay: what a terminal said before its hang-up is delivered", () => {
  using bench = new RelayBench();
  const { master, slave } = bench.pty();
  const sink = bench.pipe();
  bench.relay(master, sink.writeEnd);
  write(slave, bytes("good bye"));
  slave.close();
  bench.finish();
  assert.equal(text(drain(sink.readEnd)), "good bye");
  assert.deepEqual([bench.ends, bench.messages], [1, []]);
});

Deno.test("Relay: a source that hangs up while the sink is full is no work, and delivered later", () => {
  for (const kind of ["pipe", "terminal"] as const) {
    using bench = new RelayBench();
    const fifo = bench.fullFifo();
    const { readEnd, writeEnd } = bench.pipe();
    const { master, slave } = bench.pty();
    bench.relay(kind === "pipe" ? readEnd : master, fifo.end);
    const writer = kind === "pipe" ? writeEnd : slave;
    write(writer, bytes("good bye"));
    bench.loop.turn(0);
    writer.close();
    bench.settle();
    assert.equal(bench.ends, 0);
    const reader = bench.open(fifo.path, "read", "nonblocking");
    assert.equal(drain(reader).length, fifo.filled);
    bench.finish();
    assert.equal(text(drain(reader)), "good bye");
  }
});

Deno.test("Relay: a terminal that hangs up as a sink ends that stream, and no other", () => {
  using bench = new RelayBench();
  const [typed, output] = [bench.pipe(), bench.pipe()];
  const { master, slave } = bench.pty();
  let inputEnds = 0;
  const input = bench.relay(typed.readEnd, master, {
    brokenSink: "gone",
    ended: () => inputEnds++,
  });
  const other = bench.pipe();
  bench.relay(other.readEnd, output.writeEnd);
  // More than the terminal takes: there is something to deliver.
  while (fill(typed.writeEnd) > 0) bench.loop.turn(0);
  bench.settle();
  slave.close();
  bench.serveUntil(() => input.ended);
  bench.settle();
  assert.deepEqual([inputEnds, bench.ends, bench.messages], [1, 0, []]);
  assertExact(bench, other.writeEnd, output.readEnd, {
    megabytes: 1,
    close: () => other.writeEnd.close(),
    seed: 6,
  });
  bench.finish();
});
