import assert from "node:assert/strict";
import { SystemError } from "../../ffi/errno.ts";
import { type Fd, open, pipe, setNonblocking } from "../../ffi/fd.ts";
import { type Interest, PollSet, type Readiness } from "../../ffi/poll.ts";
import { write } from "../../ffi/transfer.ts";
import { errorOf } from "../support/own_files.ts";
import { fill } from "../support/streams.ts";

/** Polls one descriptor without waiting. */
function pollNow(fd: Fd | number, interest: Interest): Readiness | undefined {
  const set = new PollSet();
  set.set(0, typeof fd === "number" ? fd : fd.raw, interest);
  assert.equal(set.wait(1, 0), set.ready(0) === undefined ? 0 : 1);
  return set.ready(0);
}

const NOTHING = { input: false, output: false, broken: false };
const INPUT = { ...NOTHING, input: true };
const OUTPUT = { ...NOTHING, output: true };

Deno.test("PollSet: a pipe is readable, writable and hung up as it should", () => {
  const { readEnd, writeEnd } = pipe("test");
  using _ = readEnd;
  using __ = writeEnd;
  setNonblocking(writeEnd);
  assert.deepEqual(pollNow(readEnd, "input"), undefined);
  assert.deepEqual(pollNow(writeEnd, "output"), OUTPUT);
  write(writeEnd, new Uint8Array(1));
  assert.deepEqual(pollNow(readEnd, "input"), INPUT);
  fill(writeEnd);
  assert.deepEqual(pollNow(writeEnd, "output"), undefined);
  writeEnd.close();
  assert.deepEqual(pollNow(readEnd, "input"), { ...INPUT, broken: true });
});

Deno.test("PollSet: a pipe without a reader reports an error to its writer", () => {
  const { readEnd, writeEnd } = pipe("test");
  using _ = writeEnd;
  readEnd.close();
  assert.deepEqual(pollNow(writeEnd, "output")?.broken, true);
});

Deno.test("PollSet: a closed descriptor is told apart", () => {
  assert.deepEqual(pollNow(99_999, "input"), { ...NOTHING, broken: true });
});

Deno.test("PollSet: a negative descriptor is passed over", () => {
  assert.deepEqual(pollNow(-1, "input"), undefined);
});

Deno.test("PollSet.wait() returns 0 after the timeout", () => {
  const { readEnd, writeEnd } = pipe("test");
  using _ = readEnd;
  using __ = writeEnd;
  const set = new PollSet();
  set.set(0, readEnd.raw, "input");
  const start = performance.now();
  assert.equal(set.wait(1, 30), 0);
  assert.ok(performance.now() - start >= 29);
  assert.equal(set.ready(0), undefined);
});

Deno.test("PollSet.wait() without a limit returns when something is ready", () => {
  using device = open("/dev/null", ["read and write"], "it");
  const set = new PollSet();
  set.set(0, device.raw, "both");
  assert.equal(set.wait(1, Infinity), 1);
  assert.deepEqual(set.ready(0), { ...INPUT, output: true });
});

Deno.test("PollSet.set() forgets what the slot reported before", () => {
  using device = open("/dev/null", ["read and write"], "it");
  const set = new PollSet();
  set.set(0, device.raw, "input");
  set.wait(1, 0);
  assert.deepEqual(set.ready(0), INPUT);
  set.set(0, device.raw, "input");
  assert.equal(set.ready(0), undefined);
});

Deno.test("PollSet: only the slots that count are polled", () => {
  using device = open("/dev/null", ["read and write"], "it");
  const set = new PollSet();
  set.set(0, -1, "input");
  set.set(1, device.raw, "input");
  assert.equal(set.wait(1, 0), 0);
  assert.equal(set.wait(2, 0), 1);
  assert.deepEqual([set.ready(0), set.ready(1)], [undefined, INPUT]);
});

Deno.test("PollSet grows and keeps the slots that it has", () => {
  using device = open("/dev/null", ["read and write"], "it");
  const set = new PollSet();
  const slots = 100;
  for (let slot = 0; slot < slots; slot++) {
    set.set(slot, slot % 3 === 0 ? device.raw : -1, "input");
  }
  assert.equal(set.wait(slots, 0), 34);
  for (let slot = 0; slot < slots; slot++) {
    const expected = slot % 3 === 0 ? INPUT : undefined;
    assert.deepEqual(set.ready(slot), expected, `slot ${slot}`);
  }
});

Deno.test("PollSet.wait() throws what poll(2) refuses", () => {
  const error = errorOf(() => new PollSet().wait(2 ** 31, 0)) as SystemError;
  assert.ok(error instanceof SystemError);
  assert.ok(error.is("EINVAL"));
  assert.equal(
    error.message,
    "Cannot wait for events: EINVAL (invalid argument)",
  );
});
