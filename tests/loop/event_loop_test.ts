import assert from "node:assert/strict";
import { type Fd, open, pipe } from "../../ffi/fd.ts";
import type { Interest, Readiness } from "../../ffi/poll.ts";
import { read, write } from "../../ffi/transfer.ts";
import { EventLoop, type Watch } from "../../src/loop/event_loop.ts";
import { Allowance } from "../../src/loop/limits.ts";
import { newLoop } from "../support/loop.ts";
import { factsOf } from "../support/own_process.ts";

/** Some pipes with something to read in each, closed with their scope. */
function readyPipes(count: number) {
  const owned = new DisposableStack();
  const pipes = Array.from({ length: count }, () => {
    const ends = pipe("test");
    owned.use(ends.readEnd);
    owned.use(ends.writeEnd);
    write(ends.writeEnd, new Uint8Array(1));
    return ends;
  });
  return { pipes, [Symbol.dispose]: () => owned.dispose() };
}

function readByte(fd: Fd): void {
  assert.equal(read(fd, new Uint8Array(1)).kind, "moved");
}

function watch(
  loop: EventLoop,
  fd: Fd,
  ready: (found: Readiness) => void,
  interest: Interest = "input",
): Watch {
  return loop.watch("it", fd, interest, { ready });
}

Deno.test("EventLoop: a handler gets what was found", () => {
  using t = readyPipes(1);
  const [{ readEnd, writeEnd }] = t.pipes;
  const loop = newLoop();
  const seen: Readiness[] = [];
  watch(loop, readEnd, (found) => seen.push(found));
  loop.turn(0);
  writeEnd.close();
  loop.turn(0);
  readByte(readEnd);
  loop.turn(0);
  assert.deepEqual(seen, [
    { input: true, output: false, broken: false },
    { input: true, output: false, broken: true },
    { input: false, output: false, broken: true },
  ]);
});

Deno.test("EventLoop: a watch without interest is left out, also of hang-ups", () => {
  using t = readyPipes(1);
  const [{ readEnd, writeEnd }] = t.pipes;
  writeEnd.close();
  const loop = newLoop();
  let served = 0;
  const it = watch(loop, readEnd, () => served++, "none");
  loop.turn(0);
  assert.equal(served, 0);
  it.interest = "input";
  loop.turn(0);
  assert.equal(served, 1);
});

Deno.test("EventLoop.unwatch() ends it, and may be repeated", () => {
  using t = readyPipes(2);
  const loop = newLoop();
  const served: string[] = [];
  const [a, b] = t.pipes;
  const first = watch(loop, a.readEnd, () => served.push("a"));
  watch(loop, b.readEnd, () => served.push("b"));
  loop.unwatch(first);
  loop.unwatch(first);
  loop.turn(0);
  assert.deepEqual(served, ["b"]);
});

Deno.test("EventLoop: a handler may unwatch, pause or close one that is still to be served", () => {
  using t = readyPipes(4);
  const [a, b, c, d] = t.pipes;
  const loop = newLoop();
  const served: string[] = [];
  watch(loop, a.readEnd, () => {
    served.push("a");
    loop.unwatch(watchB);
    watchC.interest = "none";
    d.readEnd.close();
  });
  const watchB = watch(loop, b.readEnd, () => served.push("b"));
  const watchC = watch(loop, c.readEnd, () => served.push("c"));
  watch(loop, d.readEnd, () => served.push("d"));
  loop.turn(0);
  assert.deepEqual(served, ["a"]);
});

Deno.test("EventLoop: a number that is opened again is not served for its predecessor", () => {
  using t = readyPipes(2);
  const [a, b] = t.pipes;
  const loop = newLoop();
  const served: string[] = [];
  const number = b.readEnd.raw;
  let successor: Fd | undefined;
  watch(loop, a.readEnd, () => {
    served.push("a");
    b.readEnd.close();
    successor ??= open("/dev/zero", ["read and write"], "it");
    assert.equal(successor.raw, number);
  });
  watch(loop, b.readEnd, () => served.push("b"));
  try {
    loop.turn(0);
    loop.turn(0);
  } finally {
    successor?.close();
  }
  assert.deepEqual(served, ["a", "a"]);
});

Deno.test("EventLoop: a handler may add a watch, which is served from the next turn on", () => {
  using t = readyPipes(2);
  const [a, b] = t.pipes;
  const loop = newLoop();
  const served: string[] = [];
  const first = watch(loop, a.readEnd, () => {
    served.push("a");
    loop.unwatch(first);
    watch(loop, b.readEnd, () => served.push("b"));
  });
  loop.turn(0);
  assert.deepEqual(served, ["a"]);
  loop.turn(0);
  assert.deepEqual(served, ["a", "b"]);
});

Deno.test("EventLoop.runUntil() serves until the condition holds", () => {
  using device = open("/dev/zero", ["read and write"], "it");
  const loop = newLoop();
  let served = 0;
  watch(loop, device, () => served++);
  assert.equal(loop.runUntil(() => true), true);
  assert.equal(loop.runUntil(() => true, new Allowance(0)), true);
  assert.equal(served, 0);
  assert.equal(loop.runUntil(() => served === 3), true);
});

Deno.test("EventLoop.runUntil() returns false when the time is over, not before, and sleeps meanwhile", () => {
  using t = readyPipes(1);
  const [{ readEnd }] = t.pipes;
  readByte(readEnd);
  const loop = newLoop();
  watch(loop, readEnd, () => assert.fail("nothing is ready"));
  const start = performance.now();
  let asked = 0;
  const never = () => (asked++, false);
  assert.equal(loop.runUntil(never, new Allowance(25)), false);
  assert.ok(performance.now() - start >= 25);
  assert.ok(asked < 10, `${asked}`);
});

Deno.test("EventLoop.runUntil() keeps the time when something is always ready", () => {
  using device = open("/dev/zero", ["read and write"], "it");
  const loop = newLoop();
  watch(loop, device, () => {});
  assert.equal(loop.runUntil(() => false, new Allowance(10)), false);
});

Deno.test("EventLoop.runUntil(): waits for one thing have the time together", () => {
  const loop = newLoop();
  const allowance = new Allowance(40);
  loop.runUntil(() => allowance.left < 20, allowance);
  const left = allowance.left;
  assert.ok(left < 40);
  loop.runUntil(() => false, allowance);
  assert.ok(allowance.left <= 0);
});

Deno.test("EventLoop.runUntil() takes in what has arrived, in as many steps as that takes", () => {
  using t = readyPipes(3);
  const loop = newLoop();
  const served: number[] = [];
  // As a connection is accepted first, and then what came over it is taken.
  const serve = (step: number) => {
    const it = watch(loop, t.pipes[step].readEnd, () => {
      served.push(step);
      loop.unwatch(it);
      if (step < 2) serve(step + 1);
    });
  };
  serve(0);
  const done = () => served.length === 3;
  assert.equal(loop.runUntil(done, new Allowance(0)), true);
});

Deno.test("EventLoop.runUntil(): a process that was stopped has lost no time but a slice", async () => {
  const { inTime, left } = await factsOf<{ inTime: boolean; left: number }>(
    "stopped",
  );
  assert.equal(inTime, true);
  // It had 2.5 s, and was stopped for longer.
  assert.ok(left > 0 && left < 2500, `${left}`);
});

Deno.test("EventLoop: a watch is late when nothing was found until its deadline", () => {
  using t = readyPipes(1);
  const [{ readEnd }] = t.pipes;
  readByte(readEnd);
  const loop = newLoop();
  let late = 0;
  const it = loop.watch("it", readEnd, "input", {
    ready: () => assert.fail("nothing is ready"),
    late: () => late++,
  });
  it.deadline = performance.now() + 10;
  assert.equal(loop.runUntil(() => late > 0, new Allowance(5_000)), true);
  assert.ok(performance.now() >= it.deadline || it.deadline === Infinity);
  assert.equal(loop.runUntil(() => late > 1, new Allowance(30)), false);
});

Deno.test("EventLoop.onEveryTurn(): what it leaves is done without waiting", () => {
  const loop = newLoop();
  let turns = 0;
  loop.onEveryTurn(() => ++turns < 5);
  loop.turn(0);
  assert.equal(loop.runUntil(() => turns === 5, new Allowance(5_000)), true);
});

/** A loop, and what it tells of errors. */
function troubledLoop() {
  const troubles: string[] = [];
  return { loop: new EventLoop((text) => troubles.push(text)), troubles };
}

Deno.test("EventLoop: what a handler throws gets no further than to the log, and others go on", () => {
  using t = readyPipes(2);
  const { loop, troubles } = troubledLoop();
  let served = 0;
  let broken = 0;
  loop.watch("the first", t.pipes[0].readEnd, "input", {
    ready() {
      throw new RangeError("from a handler");
    },
    broken: () => broken++,
  });
  watch(loop, t.pipes[1].readEnd, () => served++);
  for (let turn = 0; turn < 20; turn++) loop.turn(0);
  assert.equal(served, 20);
  // It was tried a few times, told once, and given up once.
  const text = "Unexpected error while serving the first: from a handler";
  assert.deepEqual([troubles, broken], [[text], 1]);
});

Deno.test("EventLoop: a handler that throws once goes on", () => {
  using t = readyPipes(1);
  const { loop, troubles } = troubledLoop();
  let calls = 0;
  watch(loop, t.pipes[0].readEnd, () => {
    if (++calls === 1) throw new Error("once");
  });
  for (let turn = 0; turn < 3; turn++) loop.turn(0);
  assert.deepEqual([calls, troubles.length], [3, 1]);
});

Deno.test("EventLoop: errors of what is done on every turn, or in quiet, are told as well", () => {
  const { loop, troubles } = troubledLoop();
  loop.onEveryTurn(() => {
    throw new Error("turn");
  });
  loop.quiet.begin(() => {
    throw new Error("quiet");
  });
  loop.runUntil(() => troubles.length === 2, new Allowance(10_000));
  assert.deepEqual(troubles, [
    "Unexpected error while serving the end of children: turn",
    "Unexpected error while serving a quiet moment: quiet",
  ]);
});

Deno.test("EventLoop: where poll(2) fails, everything is looked at, again and again but not all the time", async () => {
  const facts = await factsOf<{ served: number; turns: number }>("blind", [], {
    before: [
      ..."strace -qq -o /dev/null -e trace=ppoll".split(" "),
      ...["-e", "inject=ppoll:error=EINVAL"],
    ],
  });
  assert.ok(facts.served > 0);
  assert.ok(facts.turns < 100, `${facts.turns} turns`);
});
