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

/** Serves until the loop only waits, and fails if it turns instead. */
export function assertSettles(loop: EventLoop): void {
  for (let turn = 0; turn < 20; turn++) loop.turn(0);
  let rounds = 0;
  loop.runUntil(() => ++rounds > 1000, new Allowance(40));
  assert.ok(rounds < 30, `${rounds} rounds`);
}
