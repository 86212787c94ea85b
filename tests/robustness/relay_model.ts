import assert from "node:assert/strict";
import { bytesWaiting, type Fd } from "../../ffi/fd.ts";
import { type Interest, PollSet } from "../../ffi/poll.ts";
import { read, write } from "../../ffi/transfer.ts";
import {
  EventLoop,
  type Handlers,
  type Watch,
} from "../../src/loop/event_loop.ts";
import type { Relay } from "../../src/streams/relay.ts";
import { Spool } from "../../src/streams/spool.ts";
import { inPackets, nonblockingPipe, shrink } from "../support/streams.ts";
import { valueAt } from "./stream_model.ts";

/** How one relay is made, between two pipes of the kernel. */
export interface RelayShape {
  /** The sink's pipe holds a page only. */
  narrow: boolean;
  /** The source is written in packets (O_DIRECT in pipe(2)). */
  packets: boolean;
  /** In bytes. */
  spool: number | undefined;
  brokenSink: "void" | "gone";
}

/** What happens outside, or the loop's turn. */
export type RelayAction =
  | { kind: "write" | "read"; relay: number; bytes: number }
  | { kind: "close source" | "close sink"; relay: number }
  | { kind: "turn" | "late" };

/** The class under test, or a copy of it with a fault in it. */
export type RelayClass = new (
  ...args: ConstructorParameters<typeof Relay>
) => Relay;

/** A loop of which is known what it watches. */
class OpenLoop extends EventLoop {
  readonly watches: Watch[] = [];
  readonly #polls = new PollSet();

  override watch(
    name: string,
    fd: Fd,
    interest: Interest,
    handlers: Handlers,
  ): Watch {
    const watch = super.watch(name, fd, interest, handlers);
    this.watches.push(watch);
    return watch;
  }

  /** The names of the watches that are ready now. */
  ready(): string[] {
    const active = this.watches.filter(({ active }) => active);
    active.forEach(({ fd, interest }, slot) =>
      this.#polls.set(slot, fd.raw, interest)
    );
    this.#polls.wait(active.length, 0);
    return active.filter((_, slot) => this.#polls.ready(slot) !== undefined)
      .map(({ name }) => name);
  }

  /** What is watched under a name. */
  interests(name: string): string {
    return this.watches.filter((watch) => watch.name === name)
      .map(({ interest }) => interest).join();
  }

  /** Whatever has a deadline has waited in vain until then. */
  runOut(): void {
    for (const watch of this.watches) {
      if (watch.deadline !== Infinity) watch.deadline = 0;
    }
  }
}

const buffer = new Uint8Array(65_536);

/** A relay, and those who write to its source and read from its sink. */
class Line {
  readonly relay: Relay;
  readonly #source: { readEnd: Fd; writeEnd: Fd };
  readonly #sink: { readEnd: Fd; writeEnd: Fd };
  readonly #spool: Spool | undefined;
  written = 0;
  received = 0;

  constructor(
    owned: DisposableStack,
    loop: EventLoop,
    directory: string,
    readonly name: string,
    private readonly shape: RelayShape,
    Class: RelayClass,
  ) {
    this.#source = nonblockingPipe(owned);
    this.#sink = nonblockingPipe(owned);
    if (shape.narrow) shrink(this.#sink.writeEnd);
    if (shape.packets) inPackets(this.#source.writeEnd);
    this.#spool = shape.spool === undefined ? undefined : new Spool(
      { directory, limit: shape.spool },
      (message) => assert.fail(message),
    );
    this.relay = new Class(loop, {
      from: this.#source.readEnd,
      to: this.#sink.writeEnd,
      source: name,
      sink: name,
      spool: this.#spool,
      brokenSink: shape.brokenSink,
      ended: () => this.#source.readEnd.close(),
      failed: () => assert.ok(this.#sink.readEnd.closed, "nobody refuses"),
    });
    owned.defer(() => this.relay.stop());
  }

  write(bytes: number): void {
    if (this.#source.writeEnd.closed || this.#source.readEnd.closed) return;
    const piece = buffer.subarray(0, Math.min(bytes, buffer.length));
    for (let i = 0; i < piece.length; i++) piece[i] = valueAt(this.written + i);
    const result = write(this.#source.writeEnd, piece);
    if (result.kind === "moved") this.written += result.bytes;
  }

  read(bytes: number): void {
    if (this.#sink.readEnd.closed) return;
    const result = read(this.#sink.readEnd, buffer.subarray(0, bytes));
    if (result.kind !== "moved") return;
    for (let i = 0; i < result.bytes; i++) {
      if (buffer[i] === valueAt(this.received + i)) continue;
      assert.fail(`byte ${this.received + i} is lost or out of order`);
    }
    this.received += result.bytes;
  }

  closeSource(): void {
    this.#source.writeEnd.close();
  }

  closeSink(): void {
    this.#sink.readEnd.close();
  }

  /** Everything that a turn can change, as far as it is seen from outside. */
  get state(): string {
    const { readEnd } = this.#source;
    return [
      readEnd.closed ? "closed" : bytesWaiting(readEnd),
      this.#sink.readEnd.closed || bytesWaiting(this.#sink.readEnd),
      this.#spool?.size,
      this.relay.ended || this.relay.undelivered,
    ].join();
  }

  get hasEnded(): boolean {
    return this.relay.ended || this.#sink.readEnd.closed;
  }

  /** Nobody has read for long: then what a spool has room for is in it. */
  checkSpool(): void {
    if (this.hasEnded || !this.#spool?.hasRoom) return;
    const { readEnd } = this.#source;
    assert.equal(bytesWaiting(readEnd), 0, "a spool is not used");
  }

  /** What waits, waits for a sink that has no room. */
  checkRest(): void {
    if (this.relay.ended || !this.relay.undelivered) return;
    assert.ok(!this.#sink.readEnd.closed, "bytes wait for a broken sink");
    const room = new PollSet();
    room.set(0, this.#sink.writeEnd.raw, "output");
    room.wait(1, 0);
    assert.equal(room.ready(0), undefined, "bytes wait, the sink has room");
  }

  checkEnd(): void {
    assert.ok(this.relay.ended, "a relay does not end");
    if (this.#sink.readEnd.closed) return;
    while (bytesWaiting(this.#sink.readEnd) > 0) this.read(65_536);
    assert.equal(this.received, this.written, "bytes are missing");
  }
}

/** Turns in which something can be ready; more are a spin. */
const MOST_TURNS = 2000;

/** Relays between pipes of the kernel, in one real loop. */
export class RelayWorld implements Disposable {
  readonly #owned = new DisposableStack();
  readonly #loop = new OpenLoop((message) => assert.fail(message));
  readonly #lines: Line[];

  constructor(
    shapes: readonly RelayShape[],
    directory: string,
    Class: RelayClass,
  ) {
    this.#lines = shapes.map((shape, index) =>
      new Line(this.#owned, this.#loop, directory, `${index}`, shape, Class)
    );
  }

  do(action: RelayAction): void {
    if (!("relay" in action)) {
      if (action.kind === "late") this.#loop.runOut();
      return this.#turn();
    }
    const line = this.#lines[action.relay % this.#lines.length];
    switch (action.kind) {
      case "write":
        return line.write(action.bytes);
      case "read":
        return line.read(action.bytes);
      case "close source":
        return line.closeSource();
      case "close sink":
        return line.closeSink();
    }
  }

  /** One turn of the loop, in which everyone who is ready gets something done. */
  #turn(): void {
    const ready = new Set(this.#loop.ready());
    const stateOf = (line: Line) =>
      line.state + this.#loop.interests(line.name);
    const before = this.#lines.map(stateOf);
    this.#loop.turn(0);
    this.#lines.forEach((line, index) => {
      if (!ready.has(line.name)) return;
      const now = stateOf(line);
      assert.notEqual(now, before[index], "a ready stream gets no turn");
    });
  }

  comeToRest(): void {
    for (let turns = 0; this.#loop.ready().length > 0; turns++) {
      assert.ok(turns < MOST_TURNS, "a watch is ready for ever");
      this.#loop.turn(0);
    }
    for (const line of this.#lines) line.checkRest();
  }

  /** Everyone writes more than their sinks hold, and nobody reads for long. */
  waitInVain(): void {
    for (let times = 0; times < 4; times++) {
      for (const line of this.#lines) line.write(65_536);
      this.comeToRest();
      this.#loop.runOut();
      this.#loop.turn(0);
      this.comeToRest();
    }
    for (const line of this.#lines) line.checkSpool();
  }

  /** The sources end, everything is read: every relay has to end. */
  finish(): void {
    for (const line of this.#lines) line.closeSource();
    for (let turns = 0; turns < MOST_TURNS; turns++) {
      if (this.#lines.every(({ relay }) => relay.ended)) break;
      for (const line of this.#lines) line.read(65_536);
      this.#loop.turn(0);
    }
    for (const line of this.#lines) line.checkEnd();
    assert.deepEqual(this.#loop.watches.filter(({ active }) => active), []);
  }

  [Symbol.dispose](): void {
    this.#owned.dispose();
  }
}
