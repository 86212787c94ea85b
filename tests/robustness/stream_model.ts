import assert from "node:assert/strict";
import type { Transfer } from "../../ffi/transfer.ts";
import type {
  Sink,
  Source,
  Store,
  Stream,
  StreamOptions,
} from "../../src/streams/stream.ts";

/** How one simulated stream is made. */
export interface Shape {
  /** Capacities of the sink's pipe and of the spool, in units. */
  sink: number;
  spool: number | undefined;
  brokenSink: "void" | "gone";
  /** What a write to it finds then; poll(2) has more to say of a pipe. */
  brokenWrite: "would block" | "hung up" | "failed";
  /** What a read finds after a hang-up: that of a pty is an error of its own. */
  hungUpRead: "would block" | "hung up";
  /** What comes first is held back. */
  hold: boolean;
  /** How much each transfer moves at most, in turn; 0 is an EAGAIN. */
  portions: number[];
}

/** What happens to a stream from outside, or with the loop. */
export type Action =
  | { kind: "produce" | "consume"; stream: number; bytes: number }
  | { kind: "flood"; stream: number }
  | { kind: "end" | "hang up" | "fail" | "break sink"; stream: number }
  | { kind: "refuse"; stream: number; times: number }
  | { kind: "let go"; stream: number; decision: "deliver" | "drop" }
  | { kind: "false alarm" | "stop"; stream: number }
  | { kind: "turn" | "late" };

/** The class under test, or a copy of it with a fault in it. */
export type StreamClass = new (options: StreamOptions) => Stream;

const EISDIR = 21;
const ENOSPC = 28;
const EPIPE = 32;

/** One stream between two simulated pipes, whose every byte is known. */
class Simulated {
  readonly stream: Stream;
  /** Positions of bytes in the stream: written, read, and got by the sink. */
  written = 0;
  taken = 0;
  delivered = 0;
  /** In the sink's pipe. */
  unread = 0;
  /** In the spool. */
  kept = 0;
  source: "open" | "ended" | "hung up" | "failed" = "open";
  sink: "open" | "broken" = "open";
  refusals = 0;
  /** The sink has been full, without a break, since before the last `late`. */
  stuck = false;
  /** For one turn both sides are faster than the stream. */
  flooded = false;
  complaints: string[] = [];
  /** In the turn that it has now. */
  transfers = 0;
  moves = 0;
  stopped = false;
  #portion = 0;

  constructor(
    private readonly shape: Shape,
    /** In bytes. */
    readonly unit: number,
    Class: StreamClass,
  ) {
    this.stream = new Class({
      source: this.#source,
      sink: this.#sink,
      store: shape.spool === undefined
        ? undefined
        : this.#store(shape.spool * unit),
      brokenSink: shape.brokenSink,
      first: shape.hold ? () => "hold" : undefined,
      refused: (side) => this.complaints.push(side),
    });
  }

  get available(): number {
    return this.written - this.taken;
  }

  get room(): number {
    return this.shape.sink * this.unit - this.unread;
  }

  get spoolRoom(): number {
    return (this.shape.spool ?? 0) * this.unit - this.kept;
  }

  /**
   * What poll(2) would say of a side, undefined if nothing: for a source that
   * it has hung up only when there is nothing to read.
   */
  ready(side: "source" | "sink"): { broken: boolean } | undefined {
    if (side === "sink") {
      const broken = this.sink === "broken";
      const writable = this.room > 0 || this.refusals > 0;
      return writable || broken ? { broken } : undefined;
    }
    const readable = this.available > 0 || this.source === "failed";
    const hungUp = this.source === "ended" || this.source === "hung up";
    return readable || hungUp ? { broken: !readable } : undefined;
  }

  /** Writes more than the sink has room for. */
  overflow(): void {
    if (this.source === "open") this.written += this.room + 40 * this.unit;
  }

  /** Everything that a step can change. */
  get state(): string {
    const { taken, delivered, unread, kept, complaints } = this;
    const { source, sink } = this.stream.watched;
    return JSON.stringify([
      ...[taken, delivered, unread, kept, complaints.length],
      ...[source, sink, this.stream.ended],
    ]);
  }

  get #portionNow(): number {
    const { portions } = this.shape;
    return portions[this.#portion++ % portions.length] * this.unit;
  }

  readonly #source: Source = {
    read: (buffer): Transfer => {
      this.#count();
      if (this.flooded && this.available === 0) this.written += this.unit;
      if (this.available === 0) {
        if (this.source === "ended") return { kind: "ended" };
        if (this.source === "failed") return { kind: "failed", errno: EISDIR };
        if (this.source === "hung up") return { kind: this.shape.hungUpRead };
        return { kind: "would block" };
      }
      const bytes = Math.min(buffer.length, this.available, this.#portionNow);
      if (bytes === 0) return { kind: "would block" };
      for (let i = 0; i < bytes; i++) buffer[i] = valueAt(this.taken + i);
      this.taken += bytes;
      this.#countMove();
      return { kind: "moved", bytes };
    },
  };

  readonly #sink: Sink = {
    write: (bytes): Transfer => {
      this.#count();
      if (this.flooded) this.unread = 0;
      assert.ok(bytes.length > 0, "nothing is written");
      this.#expect(bytes);
      if (this.refusals > 0) {
        this.refusals--;
        this.delivered += bytes.length;
        return { kind: "failed", errno: ENOSPC };
      }
      if (this.sink === "broken") {
        const { brokenWrite: kind } = this.shape;
        if (kind !== "failed") return { kind };
        this.delivered += bytes.length;
        return { kind, errno: EPIPE };
      }
      const most = Math.min(bytes.length, this.room, this.#portionNow);
      if (most === 0) return { kind: "would block" };
      this.delivered += most;
      this.unread += most;
      this.#countMove();
      return { kind: "moved", bytes: most };
    },
  };

  #count(): void {
    this.transfers++;
    assert.ok(!this.stopped, "something moves that was stopped");
    assert.ok(this.transfers <= TRIES_A_TURN, "a turn without end");
  }

  #countMove(): void {
    this.moves++;
    assert.ok(this.moves <= MOVES_A_TURN, "the others have to wait for long");
  }

  /** What comes is what comes next. */
  #expect(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) {
      if (bytes[i] === valueAt(this.delivered + i)) continue;
      assert.fail(`byte ${this.delivered + i} is lost or out of order`);
    }
  }

  #store(limit: number): Store {
    const content: number[] = [];
    const count = () => this.kept = content.length;
    return {
      get size() {
        return content.length;
      },
      get hasRoom() {
        return content.length < limit;
      },
      prepare: () => limit - content.length,
      add: (bytes) => {
        assert.ok(this.stuck, "the spool is used for a sink that takes");
        for (const byte of bytes) content.push(byte);
        assert.ok(count() <= limit, "the spool holds too much");
      },
      take: (buffer) => {
        const some = content.splice(0, buffer.length);
        buffer.set(some);
        count();
        return some.length;
      },
      clear: () => {
        content.length = 0;
        count();
      },
    };
  }
}

/** The byte at a position of any stream. */
export function valueAt(position: number): number {
  return (position * 31 + (position >> 8) * 7) & 0xff;
}

/**
 * So often at most something is moved until the others have their turn, and so
 * often at most it is tried.
 */
const MOVES_A_TURN = 32;
const TRIES_A_TURN = 1000;
/** In a row without effect; each portion of 0 is one. */
const IDLE_TURNS = 20;

/** In this order they are served, as in relay.ts. */
const SIDES = ["sink", "source"] as const;

const ENDS = { end: "ended", "hang up": "hung up", fail: "failed" } as const;

const NOTHING = { source: false, sink: false, patience: false };

function watches({ stream }: Simulated, side: "sink" | "source"): boolean {
  return !stream.ended && stream.watched[side];
}

/** Streams and the loop that serves them. */
export class World {
  readonly streams: Simulated[];

  constructor(shapes: readonly Shape[], unit: number, Class: StreamClass) {
    this.streams = shapes.map((shape) => new Simulated(shape, unit, Class));
  }

  do(action: Action): void {
    if (!("stream" in action)) {
      return action.kind === "turn" ? void this.turn() : this.#late();
    }
    const stream = this.streams[action.stream % this.streams.length];
    switch (action.kind) {
      case "produce":
        if (stream.source !== "open") return;
        stream.written += action.bytes * stream.unit;
        return;
      case "consume":
        return this.#consume(stream, action.bytes * stream.unit);
      case "end":
      case "hang up":
      case "fail":
        if (stream.source === "open") stream.source = ENDS[action.kind];
        return;
      case "flood":
        stream.flooded = stream.source === "open";
        this.turn();
        stream.flooded = false;
        return;
      case "break sink":
        stream.sink = "broken";
        return;
      case "refuse":
        if (stream.sink === "open") stream.refusals = action.times;
        return;
      case "let go":
        return this.#letGo(stream, action.decision);
      case "false alarm":
        return this.#alarm(stream);
      case "stop":
        stream.stream.stop();
        stream.stopped = true;
    }
  }

  #letGo(simulated: Simulated, decision: "deliver" | "drop"): void {
    if (simulated.stopped) return;
    const { length } = simulated.stream.heldBack;
    if (decision === "drop") simulated.delivered += length;
    this.#serve(simulated, (stream) => stream.letGo(decision));
  }

  /** Somebody else was faster, or the kernel has promised too much. */
  #alarm(simulated: Simulated): void {
    for (const side of SIDES) this.#found(simulated, side, false);
  }

  #consume(stream: Simulated, bytes: number): void {
    stream.unread -= Math.min(stream.unread, bytes);
    if (stream.room > 0) stream.stuck = false;
  }

  /** Time passes, with every sink as it is. */
  #late(): void {
    for (const simulated of this.streams) {
      if (!simulated.stream.watched.patience) continue;
      simulated.stuck = simulated.room === 0;
      if (simulated.stuck) this.#serve(simulated, (s) => s.sinkStuck());
    }
  }

  /**
   * One round of the loop: what poll(2) finds of all, and then one after the
   * other is served, if it is still watched.
   *
   * @returns how many watches were ready
   */
  turn(): number {
    const ready = this.streams.flatMap((simulated) =>
      SIDES.filter((side) => watches(simulated, side))
        .map((side) => ({ simulated, side, found: simulated.ready(side) }))
        .filter(({ found }) => found !== undefined)
    );
    for (const { simulated, side, found } of ready) {
      this.#found(simulated, side, found!.broken);
    }
    return ready.length;
  }

  #found(simulated: Simulated, side: typeof SIDES[number], broken: boolean) {
    if (!watches(simulated, side)) return;
    this.#serve(
      simulated,
      (stream) =>
        side === "source"
          ? stream.sourceReady(broken)
          : stream.sinkReady(broken),
    );
  }

  #serve(simulated: Simulated, action: (stream: Stream) => void): void {
    simulated.transfers = simulated.moves = 0;
    action(simulated.stream);
    if (simulated.room > 0) simulated.stuck = false;
  }

  /** Serves until nothing is ready; then everything must stand where it may. */
  comeToRest(): void {
    let idle = 0;
    while (idle < IDLE_TURNS) {
      const before = this.#state;
      if (this.turn() === 0) return this.#checkRest();
      idle = this.#state === before ? idle + 1 : 0;
    }
    assert.fail("a watch is ready for ever");
  }

  get #state(): string {
    return this.streams.map(({ state }) => state).join();
  }

  /** Whatever waits, waits for something that is watched. */
  #checkRest(): void {
    for (const simulated of this.streams) {
      const { stream, room, available } = simulated;
      if (stream.ended) {
        assert.deepEqual(stream.watched, NOTHING, "it watches after its end");
        continue;
      }
      const { source, sink } = stream.watched;
      if (stream.heldBack.length > 0) {
        assert.ok(!source && !sink, "what is held back is work");
        continue;
      }
      assert.ok(source || sink, "nothing is watched");
      if (stream.carried === 0) {
        assert.ok(available === 0, "bytes wait in the source");
      } else assert.ok(room === 0 || !sink, "bytes wait, the sink has room");
      assert.ok(source || stream.carried > 0, "nobody watches the source");
      assert.ok(sink || stream.carried === 0, "nobody watches the sink");
    }
  }

  /** Nobody reads for long: then what a spool has room for is in it. */
  waitInVain(): void {
    for (const simulated of this.streams) simulated.overflow();
    // The first times may only show that the sink is full.
    for (let times = 0; times < 3; times++) {
      this.#late();
      this.comeToRest();
    }
    for (const { stream, sink, room, spoolRoom, available } of this.streams) {
      if (stream.ended || sink === "broken" || room > 0) continue;
      if (stream.heldBack.length > 0) continue;
      assert.ok(available === 0 || spoolRoom === 0, "a spool is not used");
    }
  }

  /** The sources end, everything is read: every stream has to end. */
  finish(): void {
    for (const simulated of this.streams) {
      if (simulated.source === "open") simulated.source = "ended";
      this.#letGo(simulated, "deliver");
    }
    for (let left = 10_000; left > 0; left--) {
      for (const simulated of this.streams) {
        this.#consume(simulated, Infinity);
      }
      if (this.streams.every(({ stream }) => stream.ended)) break;
      this.turn();
    }
    for (const simulated of this.streams) this.#checkEnd(simulated);
  }

  #checkEnd(simulated: Simulated): void {
    const { stream, sink, source, written, delivered, complaints } = simulated;
    if (simulated.stopped) return;
    assert.ok(stream.ended, "a stream does not end");
    const failures = complaints.filter((side) => side === "source").length;
    assert.ok(failures <= 1, "a complaint comes twice");
    if (sink === "broken") return;
    assert.equal(delivered, written, "bytes are missing");
    assert.equal(failures, source === "failed" ? 1 : 0, "errno of the source");
  }
}
