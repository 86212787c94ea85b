import assert from "node:assert/strict";
import { realtimeNanoseconds } from "../../ffi/clock.ts";

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
