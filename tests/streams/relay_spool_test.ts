import assert from "node:assert/strict";
import { LIMITS } from "../../src/loop/limits.ts";
import { StandingClock } from "../support/clock.ts";
import { fdsNow } from "../support/own_files.ts";
import { RelayBench } from "../support/relay_bench.ts";
import { fill } from "../support/streams.ts";

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
