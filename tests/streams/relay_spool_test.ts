import assert from "node:assert/strict";
import { write } from "../../ffi/transfer.ts";
import { LIMITS } from "../../src/loop/limits.ts";
import { StandingClock } from "../support/clock.ts";
import { assertExact } from "../support/exact.ts";
import { fdsNow } from "../support/own_files.ts";
import { RelayBench } from "../support/relay_bench.ts";
import {
  bytes,
  capacity,
  drain,
  fill,
  inPackets,
  text,
} from "../support/streams.ts";

Deno.test("Relay with a spool: the source is drained while nobody reads, and nothing is lost", () => {
  const before = fdsNow();
  {
    using bench = new RelayBench();
    const [source, sink] = [bench.pipe(), bench.pipe()];
    const spool = bench.spool(1 << 20);
    const relay = bench.relay(source.readEnd, sink.writeEnd, { spool });
    assertExact(bench, source.writeEnd, sink.readEnd, {
      megabytes: 3,
      close: () => {},
      seed: 4,
    });
    // Now without a reader.
    const filled = fill(sink.writeEnd);
    let expected = "";
    for (let i = 0; i < 300; i++) {
      const line = `${i} ${"x".repeat(1000)}\n`;
      // The spool takes it when the sink has been full for a while.
      bench.serveUntil(() =>
        write(source.writeEnd, bytes(line)).kind === "moved"
      );
      expected += line;
    }
    source.writeEnd.close();
    bench.settle();
    assert.deepEqual([relay.ended, relay.undelivered], [false, true]);
    assert.deepEqual([...Deno.readDirSync(bench.dir.path)], []);

    let received = "";
    bench.serveUntil(() => {
      received += text(drain(sink.readEnd));
      return relay.ended;
    });
    received += text(drain(sink.readEnd));
    assert.ok(received.slice(filled) === expected, "it is another text");
    assert.deepEqual(bench.messages, []);
  }
  assert.deepEqual(fdsNow(), before);
});

Deno.test("Relay with a spool: it is for a sink that takes nothing for a while, and not for a slow one", () => {
  using bench = new RelayBench();
  using clock = new StandingClock();
  const [source, sink] = [bench.pipe(), bench.pipe()];
  const spool = bench.spool(1 << 20);
  bench.relay(source.readEnd, sink.writeEnd, { spool });
  const isUsed = () => fdsNow().some((fd) => fd.includes(bench.dir.path));
  assertExact(bench, source.writeEnd, sink.readEnd, {
    megabytes: 4,
    close: () => {},
    seed: 7,
  });
  assert.equal(isUsed(), false, "while somebody reads");

  fill(sink.writeEnd);
  const turn = (passed: number) => {
    clock.now += passed;
    fill(source.writeEnd);
    bench.loop.turn(0);
  };
  for (let i = 0; i < 3; i++) turn(0);
  turn(LIMITS.fullSink - 1);
  assert.equal(isUsed(), false, "before it has been full for long enough");
  turn(1);
  assert.equal(isUsed(), true, "after that");
});

Deno.test("Relay with a spool: a full spool makes the source wait, without spinning", () => {
  using bench = new RelayBench();
  const [source, sink] = [bench.pipe(), bench.pipe()];
  const spool = bench.spool(100_000);
  bench.relay(source.readEnd, sink.writeEnd, { spool });
  fill(sink.writeEnd);
  let taken = 0;
  for (let round = 0; round < 20; round++) {
    taken += fill(source.writeEnd);
    bench.loop.turn(0);
  }
  bench.serveUntil(() => {
    taken += fill(source.writeEnd);
    return taken >= 100_000 + capacity(source.readEnd);
  });
  bench.settle();
  const inHand = 65_536;
  const most = 100_000 + capacity(source.readEnd) + inHand;
  assert.ok(taken <= most, `${taken}`);
  assert.deepEqual(bench.messages, []);
});

Deno.test("Relay with a spool: it wraps around, byte for byte", () => {
  using bench = new RelayBench();
  const [source, sink] = [bench.pipe(), bench.pipe()];
  const spool = bench.spool(50_021);
  bench.relay(source.readEnd, sink.writeEnd, { spool });
  assertExact(bench, source.writeEnd, sink.readEnd, {
    megabytes: 3,
    close: () => source.writeEnd.close(),
    seed: 5,
  });
  bench.finish();
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
  assert.match(bench.messages[0], /"\/no\/such\/directory": ENOENT/);
  assert.equal(drain(sink.readEnd).length, filled);
  bench.serveUntil(() => !relay.undelivered);
  assert.equal(text(drain(sink.readEnd)), "kept too");
});

Deno.test("Relay with a spool: a sink that fails meanwhile is named, and the source drained", () => {
  using bench = new RelayBench();
  const [source, sink] = [bench.pipe(), bench.pipe()];
  const spool = bench.spool(100_000);
  const relay = bench.relay(source.readEnd, sink.writeEnd, { spool });
  fill(sink.writeEnd);
  write(source.writeEnd, bytes("in hand"));
  bench.settle();
  write(source.writeEnd, bytes("into the spool"));
  bench.serveUntil(() => spool.size === "into the spool".length);
  bench.settle();
  sink.readEnd.close();
  bench.serveUntil(() => !relay.undelivered);
  assert.deepEqual([bench.ends, bench.messages.length], [0, 1]);
  assert.match(bench.messages[0], /^Cannot write to stdout "\/x": EPIPE/);
  assert.ok(fill(source.writeEnd) > 0);
  bench.serveUntil(() => !relay.undelivered);
  assert.deepEqual([bench.ends, bench.messages.length], [0, 1]);
});

Deno.test("Relay with a spool: packets are kept whole, also at the end of its ring", () => {
  using bench = new RelayBench();
  const [source, sink] = [bench.pipe(), bench.pipe()];
  inPackets(source.writeEnd);
  const spool = bench.spool(20_011);
  bench.relay(source.readEnd, sink.writeEnd, { spool });
  const filled = fill(sink.writeEnd);
  let [sent, received] = ["", ""];
  for (let number = 0; sent.length < 300_000; number++) {
    const packet = `${number}:`.padEnd(1 + number * 733 % 4096, "x");
    // Now and then somebody reads, so that the ring goes round.
    bench.serveUntil(() => {
      if (write(source.writeEnd, bytes(packet)).kind === "moved") return true;
      if (spool.size > 10_000) received += text(drain(sink.readEnd));
      return false;
    });
    sent += packet;
  }
  source.writeEnd.close();
  bench.serveUntil(() => {
    received += text(drain(sink.readEnd));
    return bench.ends > 0;
  });
  received += text(drain(sink.readEnd));
  assert.equal(received.length - filled, sent.length);
  assert.ok(received.slice(filled) === sent, "some packets are cut off");
});
