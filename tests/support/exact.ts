import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Fd } from "../../ffi/fd.ts";
import { read, write } from "../../ffi/transfer.ts";
import type { RelayBench } from "./relay_bench.ts";

/** Numbers from 0 up to a limit, the same ones in every run. */
export function dice(seed: number): (limit: number) => number {
  return (limit) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor(seed / 2 ** 32 * limit);
  };
}

/** Longer than any of it takes, in ms. */
const HANG = 20_000;

/**
 * Sends some megabytes through a relay in chunks of random sizes, reads them
 * in others, and compares the checksums.
 *
 * @param close called when all has been sent
 */
export function assertExact(
  bench: RelayBench,
  feed: Fd,
  sink: Fd,
  options: { megabytes: number; close: () => void; seed: number },
): void {
  const random = dice(options.seed);
  const [sent, received] = [createHash("sha256"), createHash("sha256")];
  let unsent = options.megabytes * 2 ** 20;
  let unread = unsent;
  let chunk = new Uint8Array();
  const buffer = new Uint8Array(300_000);
  const end = Date.now() + HANG;
  while (unread > 0) {
    assert.ok(Date.now() < end, `${unread} bytes are missing`);
    if (chunk.length === 0 && unsent > 0) {
      chunk = new Uint8Array(Math.min(unsent, 1 + random(200_000)));
      for (let i = 0; i < chunk.length; i++) chunk[i] = random(256);
    }
    const put = chunk.length === 0 ? undefined : write(feed, chunk);
    if (put?.kind === "moved") {
      const written = put.bytes;
      sent.update(chunk.subarray(0, written));
      unsent -= written;
      chunk = chunk.subarray(written);
      if (unsent === 0) options.close();
    }
    if (random(4) > 0) bench.loop.turn(0);
    const got = read(sink, buffer.subarray(0, 1 + random(buffer.length)));
    if (got.kind === "moved") {
      received.update(buffer.subarray(0, got.bytes));
      unread -= got.bytes;
    }
  }
  assert.equal(received.digest("hex"), sent.digest("hex"));
  assert.deepEqual(bench.messages, []);
}
