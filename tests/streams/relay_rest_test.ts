import assert from "node:assert/strict";
import { write } from "../../ffi/transfer.ts";
import { RelayBench } from "../support/relay_bench.ts";
import { bytes, drain, fill, text } from "../support/streams.ts";

Deno.test("Relay: a full FIFO is waited for, without spinning, until a reader comes", () => {
  using bench = new RelayBench();
  const fifo = bench.fullFifo();
  const source = bench.pipe();
  const relay = bench.relay(source.readEnd, fifo.end);
  write(source.writeEnd, bytes("the last words"));
  source.writeEnd.close();
  bench.settle();
  assert.deepEqual([bench.ends, relay.ended, relay.undelivered], [
    0,
    false,
    true,
  ]);

  const reader = bench.open(fifo.path, "read", "nonblocking");
  assert.equal(drain(reader).length, fifo.filled);
  bench.finish();
  assert.equal(text(drain(reader)), "the last words");
  assert.deepEqual([bench.ends, relay.ended, relay.undelivered], [
    1,
    true,
    false,
  ]);
});

Deno.test("Relay: a full source and a full sink stand still together", () => {
  using bench = new RelayBench();
  const fifo = bench.fullFifo();
  const source = bench.pipe();
  bench.relay(source.readEnd, fifo.end);
  assert.ok(fill(source.writeEnd) > 0);
  bench.settle();
  // What the relay has in hand has left the pipe, once.
  assert.ok(fill(source.writeEnd) <= 65_536);
  bench.settle();
  assert.equal(fill(source.writeEnd), 0);
});

Deno.test("Relay: a terminal waits for a full FIFO without spinning", () => {
  using bench = new RelayBench();
  const fifo = bench.fullFifo();
  const { master, slave } = bench.pty();
  const relay = bench.relay(master, fifo.end);
  write(slave, bytes("prompt> "));
  bench.serveUntil(() => relay.undelivered);
  bench.settle();
  const reader = bench.open(fifo.path, "read", "nonblocking");
  drain(reader);
  bench.serveUntil(() => !relay.undelivered);
  assert.equal(text(drain(reader)), "prompt> ");
});

Deno.test("Relay: a terminal that does not read is waited for without spinning", () => {
  using bench = new RelayBench();
  const { master } = bench.pty();
  const source = bench.pipe();
  bench.relay(source.readEnd, master);
  // More than a terminal holds.
  for (let round = 0; round < 20; round++) {
    fill(source.writeEnd);
    bench.loop.turn(0);
  }
  bench.settle();
});

Deno.test("Relay: nothing to do is no work: idle, and with both ends gone", () => {
  using bench = new RelayBench();
  const [source, sink] = [bench.pipe(), bench.pipe()];
  const relay = bench.relay(source.readEnd, sink.writeEnd);
  bench.settle();
  assert.equal(relay.undelivered, false);
  source.writeEnd.close();
  bench.finish();
  sink.readEnd.close();
  bench.settle();
  assert.equal(bench.ends, 1);
});

Deno.test("Relay.stop(): nothing moves any more, and nothing is watched", () => {
  using bench = new RelayBench();
  const [source, sink] = [bench.pipe(), bench.pipe()];
  const relay = bench.relay(source.readEnd, sink.writeEnd);
  write(source.writeEnd, bytes("too late"));
  relay.stop();
  source.writeEnd.close();
  bench.settle();
  assert.deepEqual([relay.ended, relay.undelivered, bench.ends], [
    true,
    false,
    0,
  ]);
  assert.equal(drain(sink.readEnd).length, 0);
});

Deno.test("Relay: a source that never dries up leaves others their turn", () => {
  using bench = new RelayBench();
  bench.relay(
    bench.open("/dev/zero", "read"),
    bench.open("/dev/null", "write"),
  );
  const [source, sink] = [bench.pipe(), bench.pipe()];
  bench.relay(source.readEnd, sink.writeEnd);
  const message = bench.pipe();
  let served = 0;
  bench.loop.watch("it", message.readEnd, "input", { ready: () => served++ });
  write(message.writeEnd, bytes("x"));
  for (let round = 1; round <= 5; round++) {
    write(source.writeEnd, bytes("slow"));
    bench.loop.turn(0);
    assert.equal(text(drain(sink.readEnd)), "slow");
    assert.equal(served, round);
  }
});

Deno.test("Relay.waiting: from the write to the source until the sink has it", () => {
  using bench = new RelayBench();
  const [source, sink] = [bench.pipe(), bench.pipe()];
  const relay = bench.relay(source.readEnd, sink.writeEnd);
  assert.deepEqual([relay.undelivered, relay.begun], [false, false]);
  write(source.writeEnd, bytes("x"));
  assert.deepEqual([relay.undelivered, relay.begun], [true, false]);
  bench.loop.turn(0);
  assert.deepEqual([relay.undelivered, relay.begun], [false, true]);
});
