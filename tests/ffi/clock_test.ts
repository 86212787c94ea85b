import assert from "node:assert/strict";
import process from "node:process";
import { processorTime, realtimeNanoseconds } from "../../ffi/clock.ts";

Deno.test("realtimeNanoseconds() is the clock that Date reads", () => {
  const before = Date.now();
  const now = realtimeNanoseconds();
  const after = Date.now();
  assert.ok(now >= BigInt(before) * 1_000_000n, `${now} ${before}`);
  assert.ok(now < BigInt(after + 1) * 1_000_000n, `${now} ${after}`);
});

Deno.test("realtimeNanoseconds() is finer than a millisecond", () => {
  const samples = Array.from({ length: 100 }, realtimeNanoseconds);
  assert.ok(samples.some((sample) => sample % 1_000_000n !== 0n));
});

Deno.test("processorTime() is what the kernel counts for this process, in ms", () => {
  const counted = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e3;
  };
  const samples = [counted(), processorTime(), counted(), processorTime()];
  while (processorTime() - samples[3] < 1);
  samples.push(counted());
  assert.deepEqual(samples, samples.toSorted((a, b) => a - b));
});
