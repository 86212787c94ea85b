import { describeErrno } from "../../ffi/errno.ts";
import type { Transfer } from "../../ffi/transfer.ts";
import { CHUNK, giveBack, takeBuffer } from "../loop/buffers.ts";
import { type Flow, nextStep, type Watched, watched } from "./flow.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Where bytes come from. */
export interface Source {
  read(buffer: Bytes): Transfer;
}

/** Where they go; never asked to take nothing. */
export interface Sink {
  write(bytes: Bytes): Transfer;
}

/** What keeps bytes while the sink takes none; see spool.ts. */
export interface Store {
  readonly size: number;
  readonly hasRoom: boolean;
  prepare(): number;
  add(bytes: Bytes): void;
  take(buffer: Bytes): number;
  clear(): void;
}

export interface StreamOptions {
  source: Source;
  sink: Sink;
  store?: Store;
  /**
   * What becomes of the stream when the sink is broken: it loses what it is
   * given (`void`), because a container whose pipe is full stands still, or
   * the stream ends with it (`gone`).
   */
  brokenSink: "void" | "gone";
  /**
   * Told of what comes first, if that is before the first `letGo`; "hold"
   * holds it back until then.
   */
  first?: (bytes: Uint8Array) => "hold" | void;
  /** Called for the first trouble with a side, with the reason. */
  refused: (side: "source" | "sink", reason: string) => void;
}

/** Steps until all other streams get their turn. */
const TURN = 16;
/** So many bytes in so many milliseconds show that a side is busy. */
const BUSY = 16_384;
const MOMENT = 1;
/**
 * How often a busy side is tried again before it is waited for: it is at work,
 * and these tries together cost no more than the wake-up that they save.
 */
const TRIES = 32;

/**
 * Carries bytes from a source to a sink. They are copied: what the sink gets
 * is what was written when it was read, whatever system call wrote it and
 * whatever becomes of its memory.
 *
 * What to do and what to watch is decided in flow.ts, and nowhere else; here
 * it is done, and the outcome noted.
 */
export class Stream {
  readonly #options: StreamOptions;
  readonly #flow: Flow;
  #buffer: Bytes | undefined;
  /** Where in the buffer the head begins. */
  #at = 0;
  readonly #sourcesPace = new Pace();
  readonly #sinksPace = new Pace();
  #begun = false;
  #mayHold = true;
  #complained = false;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#flow = {
      source: "empty",
      head: 0,
      spooled: 0,
      spoolHasRoom: options.store?.hasRoom ?? false,
      sink: "maybe",
    };
  }

  /** What can let it go on. */
  get watched(): Watched {
    return watched(this.#flow);
  }

  /** All is delivered that can be. */
  get ended(): boolean {
    return nextStep(this.#flow) === "end";
  }

  /** Something has come from the source. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Bytes that have been taken and not delivered. */
  get carried(): number {
    return this.#flow.head + this.#flow.spooled;
  }

  /** What is held back, see `first`; empty if nothing is. */
  get heldBack(): Uint8Array {
    return this.#flow.sink === "held" ? this.#head : new Uint8Array();
  }

  /** Delivers what was held back, or drops it. */
  letGo(decision: "deliver" | "drop"): void {
    this.#mayHold = false;
    if (this.#flow.sink !== "held") return;
    this.#flow.sink = "maybe";
    if (decision === "drop") this.#taken(this.#flow.head);
    this.#turn();
  }

  /** @param broken it has hung up, and there is nothing to read */
  sourceReady(broken: boolean): void {
    if (this.#flow.source === "empty") this.#flow.source = "maybe";
    this.#turn();
    // A hang-up that reading does not show would be reported for ever.
    if (!broken || !this.#waitsFor("source")) return;
    this.#flow.source = "ended";
    this.#turn();
  }

  /** @param broken it has hung up or is in error */
  sinkReady(broken: boolean): void {
    const { sink } = this.#flow;
    if (sink === "full" || sink === "stuck") this.#flow.sink = "maybe";
    this.#turn();
    if (!broken || !this.#waitsFor("sink")) return;
    this.#flow.sink = this.#options.brokenSink;
    this.#turn();
  }

  /** The sink has been full for a while. */
  sinkStuck(): void {
    if (this.#flow.sink === "full") this.#flow.sink = "stuck";
    this.#turn();
  }

  /** Nothing moves any more, whatever is still on its way. */
  stop(): void {
    this.#flow.sink = "gone";
    this.#release();
  }

  #waitsFor(side: "source" | "sink"): boolean {
    return nextStep(this.#flow) === "wait" && this.watched[side];
  }

  /** So many steps are left of this turn. */
  #left = 0;

  /** Does what can be done, but not for too long. */
  #turn(): void {
    for (this.#left = TURN; this.#left > 0; this.#left--) {
      switch (nextStep(this.#flow)) {
        case "read":
          this.#read();
          break;
        case "write":
          this.#write();
          break;
        case "load":
          this.#load();
          break;
        case "spool":
          this.#spool();
          break;
        case "wait":
        case "end":
          return;
      }
    }
  }

  get #head(): Bytes {
    return this.#buffer!.subarray(this.#at, this.#at + this.#flow.head);
  }

  #read(): void {
    const buffer = this.#buffer ??= takeBuffer();
    const result = this.#tryHard(
      this.#sourcesPace,
      () => this.#options.source.read(buffer),
    );
    if (result.kind !== "moved") {
      this.#release();
      return this.#sourceSaid(result);
    }
    this.#sourcesPace.moved(result.bytes);
    this.#at = 0;
    this.#flow.head = result.bytes + this.#readOn(buffer, result.bytes);
    if (this.#begun) return;
    this.#begun = true;
    const decision = this.#options.first?.(this.#head);
    if (decision === "hold" && this.#mayHold) this.#flow.sink = "held";
  }

  /**
   * Takes what a busy source has written meanwhile: fewer and larger writes
   * wake the sink less often. What else it says, it will say again.
   *
   * @param length of what the buffer holds
   * @returns how many bytes more
   */
  #readOn(buffer: Bytes, length: number): number {
    let more = 0;
    const wantsMore = () =>
      this.#sourcesPace.isBusy && length + more <= CHUNK / 2;
    // Each counts as a step, for they may be of a byte each.
    for (; this.#left > 1 && wantsMore(); this.#left--) {
      const result = this.#options.source.read(buffer.subarray(length + more));
      if (result.kind !== "moved") break;
      more += result.bytes;
    }
    return more;
  }

  /** A wake-up costs more than a few tries. */
  #tryHard(pace: Pace, transfer: () => Transfer): Transfer {
    let result = transfer();
    if (!pace.isBusy) return result;
    for (let i = 0; i < TRIES && result.kind === "would block"; i++) {
      result = transfer();
    }
    return result;
  }

  /** @param result anything but bytes */
  #sourceSaid(result: Transfer): void {
    if (result.kind === "would block") {
      this.#flow.source = "empty";
      return;
    }
    this.#flow.source = "ended";
    if (result.kind !== "failed") return;
    this.#options.refused("source", describeErrno(result.errno));
  }

  #write(): void {
    if (this.#flow.sink === "void") return this.#lose("it has hung up");
    const head = this.#head;
    const result = this.#tryHard(
      this.#sinksPace,
      () => this.#options.sink.write(head),
    );
    switch (result.kind) {
      case "moved":
        this.#sinksPace.moved(result.bytes);
        return this.#taken(result.bytes);
      case "would block":
        this.#flow.sink = "full";
        return;
      case "ended":
      case "hung up":
        this.#flow.sink = this.#options.brokenSink;
        return;
      case "failed":
        return this.#lose(describeErrno(result.errno));
    }
  }

  #lose(reason: string): void {
    if (this.#flow.sink === "void") {
      this.#options.store?.clear();
      this.#flow.spooled = 0;
    }
    this.#taken(this.#flow.head);
    if (this.#complained) return;
    this.#complained = true;
    this.#options.refused("sink", reason);
  }

  #taken(bytes: number): void {
    this.#at += bytes;
    this.#flow.head -= bytes;
    if (this.#flow.head === 0) this.#release();
  }

  #load(): void {
    const buffer = this.#buffer ??= takeBuffer();
    this.#at = 0;
    this.#flow.head = this.#options.store!.take(buffer);
    this.#storeChanged();
    if (this.#flow.head === 0) this.#release();
  }

  #spool(): void {
    const { store, source } = this.#options;
    const buffer = takeBuffer();
    const room = Math.min(buffer.length, store!.prepare());
    if (room > 0) {
      const result = source.read(buffer.subarray(0, room));
      if (result.kind === "moved") store!.add(buffer.subarray(0, result.bytes));
      else this.#sourceSaid(result);
    }
    giveBack(buffer);
    this.#storeChanged();
  }

  #storeChanged(): void {
    this.#flow.spooled = this.#options.store!.size;
    this.#flow.spoolHasRoom = this.#options.store!.hasRoom;
  }

  #release(): void {
    if (this.#buffer !== undefined) giveBack(this.#buffer);
    this.#buffer = undefined;
  }
}

/** How much one side has moved in the moment that it moved something last. */
class Pace {
  #begun = -Infinity;
  #bytes = 0;

  get isBusy(): boolean {
    return this.#bytes >= BUSY;
  }

  moved(bytes: number): void {
    const now = performance.now();
    if (now - this.#begun > MOMENT) {
      this.#begun = now;
      this.#bytes = 0;
    }
    this.#bytes += bytes;
  }
}
