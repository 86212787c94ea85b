import assert from "node:assert/strict";
import {
  O_RDWR,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
} from "../../ffi/constants.ts";
import { type Fd, open, pipe } from "../../ffi/fd.ts";
import { read, write } from "../../ffi/transfer.ts";
import { EventLoop } from "../../src/loop/event_loop.ts";

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
  assert.equal(read(fd, new Uint8Array(1)), 1);
}

Deno.test("EventLoop: a handler gets the events that are set", () => {
  using t = readyPipes(1);
  const [{ readEnd, writeEnd }] = t.pipes;
  const loop = new EventLoop();
  const seen: number[] = [];
  loop.watch(readEnd, POLLIN, (events) => seen.push(events));
  loop.serveReady();
  writeEnd.close();
  loop.serveReady();
  readByte(readEnd);
  loop.serveReady();
  assert.deepEqual(seen, [POLLIN, POLLIN | POLLHUP, POLLHUP]);
});

Deno.test("EventLoop: a sink without a reader reports its error", () => {
  using t = readyPipes(1);
  const [{ readEnd, writeEnd }] = t.pipes;
  readEnd.close();
  let seen = 0;
  const loop = new EventLoop();
  loop.watch(writeEnd, POLLOUT, (events) => seen = events);
  loop.serveReady();
  assert.equal(seen & POLLERR, POLLERR);
});

Deno.test("EventLoop: every descriptor that is ready is served in one round", () => {
  using t = readyPipes(40);
  const loop = new EventLoop();
  const served: number[] = [];
  t.pipes.forEach(({ readEnd }, index) =>
    loop.watch(readEnd, POLLIN, () => {
      readByte(readEnd);
      served.push(index);
    })
  );
  loop.serveReady();
  assert.deepEqual(served, t.pipes.map((_, index) => index));
  loop.serveReady();
  assert.equal(served.length, 40);
});

Deno.test("EventLoop.serveReady() does not wait", () => {
  using t = readyPipes(1);
  const [{ readEnd }] = t.pipes;
  readByte(readEnd);
  const loop = new EventLoop();
  loop.watch(readEnd, POLLIN, () => assert.fail("nothing is ready"));
  loop.serveReady();
});

Deno.test("EventLoop: a watch without events is left out, also of hang-ups", () => {
  using t = readyPipes(1);
  const [{ readEnd, writeEnd }] = t.pipes;
  writeEnd.close();
  const loop = new EventLoop();
  let served = 0;
  const watch = loop.watch(readEnd, 0, () => served++);
  loop.serveReady();
  assert.equal(served, 0);
  watch.events = POLLIN;
  loop.serveReady();
  assert.equal(served, 1);
});

Deno.test("EventLoop.unwatch() ends it, and may be repeated", () => {
  using t = readyPipes(2);
  const loop = new EventLoop();
  const served: string[] = [];
  const [a, b] = t.pipes;
  const first = loop.watch(a.readEnd, POLLIN, () => served.push("a"));
  loop.watch(b.readEnd, POLLIN, () => served.push("b"));
  loop.unwatch(first);
  loop.unwatch(first);
  loop.serveReady();
  assert.deepEqual(served, ["b"]);
});

Deno.test("EventLoop: a handler may unwatch, pause or close one that is still to be served", () => {
  using t = readyPipes(4);
  const [a, b, c, d] = t.pipes;
  const loop = new EventLoop();
  const served: string[] = [];
  loop.watch(a.readEnd, POLLIN, () => {
    served.push("a");
    loop.unwatch(watchB);
    watchC.events = 0;
    d.readEnd.close();
  });
  const watchB = loop.watch(b.readEnd, POLLIN, () => served.push("b"));
  const watchC = loop.watch(c.readEnd, POLLIN, () => served.push("c"));
  loop.watch(d.readEnd, POLLIN, () => served.push("d"));
  loop.serveReady();
  assert.deepEqual(served, ["a"]);
});

Deno.test("EventLoop: a number that is opened again is not served for its predecessor", () => {
  using t = readyPipes(2);
  const [a, b] = t.pipes;
  const loop = new EventLoop();
  const served: string[] = [];
  const number = b.readEnd.raw;
  let successor: Fd | undefined;
  loop.watch(a.readEnd, POLLIN, () => {
    served.push("a");
    b.readEnd.close();
    successor ??= open("/dev/zero", O_RDWR, "it");
    assert.equal(successor.raw, number);
  });
  loop.watch(b.readEnd, POLLIN, () => served.push("b"));
  try {
    loop.serveReady();
    loop.serveReady();
  } finally {
    successor?.close();
  }
  assert.deepEqual(served, ["a", "a"]);
});

Deno.test("EventLoop: a handler may add a watch, which is served from the next round on", () => {
  using t = readyPipes(2);
  const [a, b] = t.pipes;
  const loop = new EventLoop();
  const served: string[] = [];
  const first = loop.watch(a.readEnd, POLLIN, () => {
    served.push("a");
    loop.unwatch(first);
    loop.watch(b.readEnd, POLLIN, () => served.push("b"));
  });
  loop.serveReady();
  assert.deepEqual(served, ["a"]);
  loop.serveReady();
  assert.deepEqual(served, ["a", "b"]);
});

Deno.test("EventLoop: one descriptor may have two watches", () => {
  using t = readyPipes(1);
  const [{ readEnd }] = t.pipes;
  const loop = new EventLoop();
  const served: string[] = [];
  loop.watch(readEnd, POLLIN, () => served.push("first"));
  loop.watch(readEnd, POLLIN, () => served.push("second"));
  loop.serveReady();
  assert.deepEqual(served, ["first", "second"]);
});

Deno.test("EventLoop.runUntil() returns true at once when the condition holds", () => {
  using t = readyPipes(1);
  const loop = new EventLoop();
  loop.watch(t.pipes[0].readEnd, POLLIN, () => assert.fail("served"));
  assert.equal(loop.runUntil(() => true), true);
  assert.equal(loop.runUntil(() => true, -1), true);
});

Deno.test("EventLoop.runUntil() serves until the condition holds", () => {
  using device = open("/dev/zero", O_RDWR, "it");
  const loop = new EventLoop();
  let served = 0;
  loop.watch(device, POLLIN, () => served++);
  assert.equal(loop.runUntil(() => served === 3), true);
  assert.equal(served, 3);
});

Deno.test("EventLoop.runUntil() returns false when the deadline has passed, not before", () => {
  using t = readyPipes(1);
  const [{ readEnd }] = t.pipes;
  readByte(readEnd);
  const loop = new EventLoop();
  loop.watch(readEnd, POLLIN, () => assert.fail("nothing is ready"));
  const deadline = performance.now() + 25;
  let asked = 0;
  assert.equal(loop.runUntil(() => (asked++, false), deadline), false);
  assert.ok(performance.now() >= deadline);
  // It waits in poll(2) and does not ask again and again.
  assert.ok(asked < 10, `${asked}`);
});

Deno.test("EventLoop.runUntil() keeps the deadline when something is always ready", () => {
  using device = open("/dev/zero", O_RDWR, "it");
  const loop = new EventLoop();
  loop.watch(device, POLLIN, () => {});
  assert.equal(loop.runUntil(() => false, performance.now() + 10), false);
});

Deno.test("EventLoop: what a handler throws comes out of runUntil()", () => {
  using t = readyPipes(1);
  const loop = new EventLoop();
  loop.watch(t.pipes[0].readEnd, POLLIN, () => {
    throw new RangeError("from a handler");
  });
  assert.throws(() => loop.runUntil(() => false), /from a handler/);
});
