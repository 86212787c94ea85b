import assert from "node:assert/strict";
import { write } from "../../ffi/transfer.ts";
import { RelayBench } from "../support/relay_bench.ts";
import { bytes, drain, fill, text } from "../support/streams.ts";

// That every byte arrives, and that it comes to rest, whatever happens on
// either side, is a property: tests/robustness/relay_properties.ts.

const REFUSING: [sink: "/dev/full" | "no reader", message: RegExp][] = [
  [
    "/dev/full",
    /^Cannot write to stdout "\/x": ENOSPC \(no space left on device\); /,
  ],
  ["no reader", /^Cannot write to stdout "\/x": EPIPE \(broken pipe\); /],
];

for (const [what, message] of REFUSING) {
  Deno.test(`Relay: a sink that refuses bytes (${what}) is named once, and the source drained`, () => {
    using bench = new RelayBench();
    const [source, sink] = [bench.pipe(), bench.pipe()];
    sink.readEnd.close();
    const isFull = what === "/dev/full";
    const to = isFull ? bench.open(what, "write") : sink.writeEnd;
    const relay = bench.relay(source.readEnd, to);
    for (let round = 0; round < 10; round++) {
      assert.ok(fill(source.writeEnd) > 0, `round ${round}`);
      bench.serveUntil(() => !relay.undelivered);
    }
    source.writeEnd.close();
    bench.finish();
    assert.equal(bench.messages.length, 1);
    assert.match(bench.messages[0], message);
  });
}

Deno.test("Relay: a source that cannot be read is the end, with the reason", () => {
  using bench = new RelayBench();
  bench.relay(bench.open("/", "read"), bench.pipe().writeEnd);
  bench.finish();
  assert.equal(bench.messages.length, 1);
  assert.match(bench.messages[0], /^Cannot read.*: EISDIR \(is a directory\)$/);
});

Deno.test("Relay: a terminal that hangs up without a word is the end, and no work", () => {
  using bench = new RelayBench();
  const { master, slave } = bench.pty();
  bench.relay(master, bench.pipe().writeEnd);
  bench.settle();
  slave.close();
  bench.loop.turn(0);
  bench.settle();
  assert.deepEqual([bench.ends, bench.messages], [1, []]);
});

Deno.test("Relay: a full FIFO is waited for, without spinning, also when the source hangs up", () => {
  for (const kind of ["pipe", "terminal"] as const) {
    using bench = new RelayBench();
    const fifo = bench.fullFifo();
    const { readEnd, writeEnd } = bench.pipe();
    const { master, slave } = bench.pty();
    const relay = bench.relay(kind === "pipe" ? readEnd : master, fifo.end);
    const writer = kind === "pipe" ? writeEnd : slave;
    write(writer, bytes("good bye"));
    bench.serveUntil(() => relay.undelivered);
    bench.settle();
    writer.close();
    bench.settle();
    assert.deepEqual([bench.ends, relay.ended, relay.undelivered], [
      0,
      false,
      true,
    ]);
    const reader = bench.open(fifo.path, "read", "nonblocking");
    assert.equal(drain(reader).length, fifo.filled);
    bench.finish();
    assert.equal(text(drain(reader)), "good bye");
    assert.deepEqual([relay.ended, relay.undelivered], [true, false]);
  }
});

Deno.test("Relay: a terminal that hangs up as a sink ends the stream, without a message", () => {
  using bench = new RelayBench();
  const typed = bench.pipe();
  const { master, slave } = bench.pty();
  const input = bench.relay(typed.readEnd, master, { brokenSink: "gone" });
  // More than the terminal takes: there is something to deliver.
  while (fill(typed.writeEnd) > 0) bench.loop.turn(0);
  bench.settle();
  slave.close();
  bench.serveUntil(() => input.ended);
  bench.settle();
  assert.deepEqual([bench.ends, bench.messages], [1, []]);
});

Deno.test("Relay.undelivered, begun: from the write to the source until the sink has it", () => {
  using bench = new RelayBench();
  const [source, sink] = [bench.pipe(), bench.pipe()];
  const relay = bench.relay(source.readEnd, sink.writeEnd);
  assert.deepEqual([relay.undelivered, relay.begun], [false, false]);
  write(source.writeEnd, bytes("x"));
  assert.deepEqual([relay.undelivered, relay.begun], [true, false]);
  bench.loop.turn(0);
  assert.deepEqual([relay.undelivered, relay.begun], [false, true]);
});
