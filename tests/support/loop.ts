import assert from "node:assert/strict";
import { EventLoop } from "../../src/loop/event_loop.ts";
import { Allowance } from "../../src/loop/limits.ts";

/** A loop in which nothing unexpected happens. */
export function newLoop(): EventLoop {
  return new EventLoop((message) => assert.fail(message));
}

/** Long enough for whatever happens at all. */
export function soon(): Allowance {
  return new Allowance(10_000);
}

/** Serves until the condition holds. */
export function serveUntil(loop: EventLoop, condition: () => boolean): void {
  assert.ok(loop.runUntil(condition, soon()), "it never happens");
}

/**
 * Serves until the loop only waits, and fails if it turns instead. What the
 * kernel does on its own (a terminal's line discipline) may take its time.
 */
export function assertSettles(loop: EventLoop): void {
  let rounds = Infinity;
  for (let times = 0; times < 20 && rounds >= 10; times++) {
    rounds = 0;
    loop.runUntil(() => ++rounds > 1000, new Allowance(40));
  }
  assert.ok(rounds < 10, `${rounds} rounds`);
}
