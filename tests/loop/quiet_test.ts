import assert from "node:assert/strict";
import { LIMITS } from "../../src/loop/limits.ts";
import { Quiet } from "../../src/loop/quiet.ts";

/** A Quiet with a clock of its own, and the times of its action. */
class Clock {
  readonly quiet = new Quiet();
  readonly acted: number[] = [];
  now = 0;

  constructor() {
    this.quiet.begin(() => this.acted.push(this.now), 0);
  }

  /** The loop waits as long as it may, or until an event at a time. */
  waitFor(event: number): void {
    while (this.now < event) {
      this.now = Math.min(event, this.now + this.quiet.left(this.now));
      const guard = (_: string, action: () => void) => action();
      this.quiet.turned(this.now === event, guard, this.now);
    }
  }
}

Deno.test("Quiet acts once when nothing has happened for a while, and then sleeps", () => {
  const clock = new Clock();
  clock.waitFor(100_000);
  assert.deepEqual(clock.acted, [LIMITS.quiet]);
});

Deno.test("Quiet acts within seconds after a burst, as soon as that is over, and once more", () => {
  const clock = new Clock();
  clock.waitFor(60_000);
  for (let event = 60_000; event < 61_000; event++) clock.waitFor(event);
  clock.waitFor(200_000);
  const first = 60_999 + LIMITS.quiet;
  assert.deepEqual(clock.acted.slice(1), [first, first + LIMITS.quiet]);
});

Deno.test("Quiet costs a slow stream little: it acts ever more rarely, but once in the end", () => {
  const clock = new Clock();
  const period = 2_000;
  const end = 600_000;
  for (let event = 0; event <= end; event += period) clock.waitFor(event);
  assert.ok(clock.acted.length < 50, `${clock.acted.length} times`);
  const before = clock.acted.length;
  clock.waitFor(2 * end);
  assert.equal(clock.acted.length, before + 1);
  assert.ok(clock.acted.at(-1)! <= end + LIMITS.betweenReleases);
});

Deno.test("Quiet acts once though it never is quiet, a few seconds after the start", () => {
  for (const period of [3, 400]) {
    const clock = new Clock();
    for (let event = 0; event < 30_000; event += period) clock.waitFor(event);
    assert.deepEqual(clock.acted, [LIMITS.settled]);
  }
});

Deno.test("Quiet does nothing before it has begun", () => {
  assert.equal(new Quiet().left(0), Infinity);
});
