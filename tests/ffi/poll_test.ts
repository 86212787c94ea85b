import assert from "node:assert/strict";
import {
  O_RDWR,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLNVAL,
  POLLOUT,
} from "../../ffi/constants.ts";
import { SystemError } from "../../ffi/errno.ts";
import { type Fd, open, pipe, setNonblocking } from "../../ffi/fd.ts";
import { PollSet } from "../../ffi/poll.ts";
import { WOULD_BLOCK, write } from "../../ffi/transfer.ts";
import { errorOf } from "../support/own_files.ts";

/** Polls one descriptor without waiting. */
function pollNow(fd: Fd | number, events: number): number {
  const set = new PollSet();
  set.set(0, typeof fd === "number" ? fd : fd.raw, events);
  assert.equal(set.wait(1, 0), set.ready(0) === 0 ? 0 : 1);
  return set.ready(0);
}

function fill(fd: Fd): void {
  const chunk = new Uint8Array(65536);
  while (write(fd, chunk) !== WOULD_BLOCK);
}

Deno.test("PollSet: a pipe is readable, writable and hung up as it should", () => {
  const { readEnd, writeEnd } = pipe("test");
  using _ = readEnd;
  using __ = writeEnd;
  setNonblocking(writeEnd);
  assert.equal(pollNow(readEnd, POLLIN), 0);
  assert.equal(pollNow(writeEnd, POLLOUT), POLLOUT);
  write(writeEnd, new Uint8Array(1));
  assert.equal(pollNow(readEnd, POLLIN), POLLIN);
  fill(writeEnd);
  assert.equal(pollNow(writeEnd, POLLOUT), 0);
  writeEnd.close();
  assert.equal(pollNow(readEnd, POLLIN), POLLIN | POLLHUP);
});

Deno.test("PollSet: a pipe without a reader reports an error to its writer", () => {
  const { readEnd, writeEnd } = pipe("test");
  using _ = writeEnd;
  readEnd.close();
  assert.equal(pollNow(writeEnd, POLLOUT) & POLLERR, POLLERR);
});

Deno.test("PollSet: a closed descriptor is told apart", () => {
  assert.equal(pollNow(99_999, POLLIN), POLLNVAL);
});

Deno.test("PollSet: a negative descriptor is passed over", () => {
  assert.equal(pollNow(-1, POLLIN), 0);
});

Deno.test("PollSet.wait() returns 0 after the timeout", () => {
  const { readEnd, writeEnd } = pipe("test");
  using _ = readEnd;
  using __ = writeEnd;
  const set = new PollSet();
  set.set(0, readEnd.raw, POLLIN);
  const start = performance.now();
  assert.equal(set.wait(1, 30), 0);
  assert.ok(performance.now() - start >= 29);
  assert.equal(set.ready(0), 0);
});

Deno.test("PollSet.wait() without a limit returns when something is ready", () => {
  using device = open("/dev/null", O_RDWR, "it");
  const set = new PollSet();
  set.set(0, device.raw, POLLIN | POLLOUT);
  assert.equal(set.wait(1, -1), 1);
  assert.equal(set.ready(0), POLLIN | POLLOUT);
});

Deno.test("PollSet.set() forgets what the slot reported before", () => {
  using device = open("/dev/null", O_RDWR, "it");
  const set = new PollSet();
  set.set(0, device.raw, POLLIN);
  set.wait(1, 0);
  assert.equal(set.ready(0), POLLIN);
  set.set(0, device.raw, POLLIN);
  assert.equal(set.ready(0), 0);
});

Deno.test("PollSet: only the slots that count are polled", () => {
  using device = open("/dev/null", O_RDWR, "it");
  const set = new PollSet();
  set.set(0, -1, POLLIN);
  set.set(1, device.raw, POLLIN);
  assert.equal(set.wait(1, 0), 0);
  assert.equal(set.wait(2, 0), 1);
  assert.deepEqual([set.ready(0), set.ready(1)], [0, POLLIN]);
});

Deno.test("PollSet grows and keeps the slots that it has", () => {
  using device = open("/dev/null", O_RDWR, "it");
  const set = new PollSet();
  const slots = 100;
  for (let slot = 0; slot < slots; slot++) {
    set.set(slot, slot % 3 === 0 ? device.raw : -1, POLLIN);
  }
  assert.equal(set.wait(slots, 0), 34);
  for (let slot = 0; slot < slots; slot++) {
    assert.equal(set.ready(slot), slot % 3 === 0 ? POLLIN : 0, `slot ${slot}`);
  }
});

Deno.test("PollSet.wait() throws what poll(2) refuses", () => {
  const error = errorOf(() => new PollSet().wait(2 ** 31, 0)) as SystemError;
  assert.ok(error instanceof SystemError);
  assert.ok(error.is("EINVAL"));
  assert.equal(
    error.message,
    "Cannot wait for events: EINVAL (Invalid argument)",
  );
});
