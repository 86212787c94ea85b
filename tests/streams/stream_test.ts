import assert from "node:assert/strict";
import type { Transfer } from "../../ffi/transfer.ts";
import {
  CHUNK,
  dropSpareBuffer,
  giveBack,
  takeBuffer,
} from "../../src/loop/buffers.ts";
import { Stream, type StreamOptions } from "../../src/streams/stream.ts";
import { bytes, text } from "../support/streams.ts";

/** A source that has said some words, and a sink with room for some bytes. */
class Ends {
  readonly words: string[];
  received = "";
  /** Buffers that something was read into. */
  readonly buffers = new Set<ArrayBuffer>();
  readonly complaints: string[] = [];
  readonly stream: Stream;

  constructor(
    words: string[],
    public room = Infinity,
    more: Partial<StreamOptions> = {},
  ) {
    this.words = words;
    this.stream = new Stream({
      source: { read: (buffer) => this.#read(buffer) },
      sink: { write: (bytes) => this.#write(bytes) },
      brokenSink: "void",
      refused: (side, reason) => this.complaints.push(`${side}: ${reason}`),
      ...more,
    });
  }

  #read(buffer: Uint8Array<ArrayBuffer>): Transfer {
    const words = this.words.shift();
    if (words === undefined) return { kind: "would block" };
    this.buffers.add(buffer.buffer);
    buffer.set(bytes(words));
    return { kind: "moved", bytes: words.length };
  }

  #write(some: Uint8Array): Transfer {
    const count = Math.min(this.room, some.length);
    if (count === 0) return { kind: "would block" };
    this.received += text(some.subarray(0, count));
    this.room -= count;
    return { kind: "moved", bytes: count };
  }
}

Deno.test("Stream: first is told of what comes first, once, and of nothing after letGo", () => {
  const told: string[] = [];
  const first = (bytes: Uint8Array) => void told.push(text(bytes));
  const ends = new Ends(["one", "two"], Infinity, { first });
  ends.stream.sourceReady(false);
  assert.deepEqual([told, ends.received], [["one"], "onetwo"]);

  const late = new Ends(["one"], Infinity, { first: () => "hold" });
  late.stream.letGo("deliver");
  late.stream.sourceReady(false);
  assert.deepEqual([late.received, late.stream.heldBack.length], ["one", 0]);
});

Deno.test("Stream: a letGo from within first is not overruled by its answer", () => {
  const ends: Ends = new Ends(["one", "two"], Infinity, {
    first: () => {
      ends.stream.letGo("deliver");
      return "hold";
    },
  });
  ends.stream.sourceReady(false);
  assert.deepEqual([ends.received, ends.stream.carried], ["onetwo", 0]);
});

Deno.test("Stream: one buffer goes from stream to stream, and none is kept after the work", () => {
  dropSpareBuffer();
  const streams = Array.from({ length: 3 }, () => new Ends([]));
  const buffers = new Set<ArrayBuffer>();
  for (let round = 0; round < 100; round++) {
    for (const ends of streams) {
      ends.words.push("x".repeat(CHUNK), "y".repeat(100));
      ends.stream.sourceReady(false);
      assert.equal(ends.stream.carried, 0);
      for (const buffer of ends.buffers) buffers.add(buffer);
    }
  }
  assert.equal(buffers.size, 1);
  // It is the spare one now, and with that nothing is left.
  const spare = takeBuffer();
  assert.ok(buffers.has(spare.buffer));
  giveBack(spare);
  dropSpareBuffer();
  assert.equal(buffers.has(takeBuffer().buffer), false);
});

Deno.test("Stream.stop(): a buffer with something in it is given back too", () => {
  dropSpareBuffer();
  const ends = new Ends(["lost"], 0);
  ends.stream.sourceReady(false);
  ends.stream.stop();
  assert.equal(ends.stream.ended, true);
  assert.ok(ends.buffers.has(takeBuffer().buffer));
});
