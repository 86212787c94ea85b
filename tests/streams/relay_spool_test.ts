import assert from "node:assert/strict";
import { write } from "../../ffi/transfer.ts";
import { LIMITS } from "../../src/loop/limits.ts";
import { StandingClock } from "../support/clock.ts";
import { fdsNow } from "../support/own_files.ts";
import { RelayBench } from "../support/relay_bench.ts";
import { bytes, drain, fill, text } from "../support/streams.ts";

Deno.test("Relay with a spool: it is used when the sink has been full for long enough, and closed with the relay", () => {
  const before = fdsNow();
  {
    using bench = new RelayBench();
    using clock = new StandingClock();
    const [source, sink] = [bench.pipe(), bench.pipe()];
    const spool = bench.spool(1 << 20);
    const relay = bench.relay(source.readEnd, sink.writeEnd, { spool });
    fill(sink.writeEnd);
    const turn = (passed: number) => {
      clock.now += passed;
      fill(source.writeEnd);
      bench.loop.turn(0);
    };
    for (let i = 0; i < 3; i++) turn(0);
    turn(LIMITS.fullSink - 1);
    assert.equal(spool.size, 0, "before that");
    turn(1);
    assert.ok(spool.size > 0, "after that");
    relay.stop();
  }
  assert.deepEqual(fdsNow(), before);
});

Deno.test("Relay with a spool that cannot be made: one warning, and as without", () => {
  using bench = new RelayBench();
  const [source, sink] = [bench.pipe(), bench.pipe()];
  const spool = bench.spool(10_000, "/no/such/directory");
  const relay = bench.relay(source.readEnd, sink.writeEnd, { spool });
  const filled = fill(sink.writeEnd);
  write(source.writeEnd, bytes("kept"));
  bench.serveUntil(() => relay.undelivered);
  write(source.writeEnd, bytes(" too"));
  bench.serveUntil(() => bench.messages.length > 0);
  bench.settle();
  assert.equal(bench.messages.length, 1);
  assert.match(
    bench.messages[0],
    /has failed: .*"\/no\/such\/directory": ENOENT/,
  );
  assert.equal(drain(sink.readEnd).length, filled);
  bench.serveUntil(() => !relay.undelivered);
  assert.equal(text(drain(sink.readEnd)), "kept too");
});
