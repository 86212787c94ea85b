import { bytesWaiting, type Fd } from "../../ffi/fd.ts";
import { read, write } from "../../ffi/transfer.ts";
import type { EventLoop, Watch } from "../loop/event_loop.ts";
import { LIMITS } from "../loop/limits.ts";
import type { Spool } from "./spool.ts";
import { Stream } from "./stream.ts";

export interface RelayOptions {
  from: Fd;
  to: Fd;
  /** Names the two in messages, as in `stdout "/run/…/init-stdout"`. */
  source: string;
  sink: string;
  /** Takes what comes while the sink takes nothing. */
  spool?: Spool;
  /** See `StreamOptions`. */
  brokenSink: "void" | "gone";
  /** See `StreamOptions`. */
  first?: (bytes: Uint8Array) => "hold" | void;
  /** Called once when the source has ended and everything is delivered. */
  ended: () => void;
  /** Called once per end that refuses bytes, with the reason. */
  failed: (message: string) => void;
}

/** A stream between two descriptors, served by the event loop. */
export class Relay {
  readonly #options: RelayOptions;
  readonly #loop: EventLoop;
  readonly #stream: Stream;
  readonly #source: Watch;
  readonly #sink: Watch;
  #ended = false;

  constructor(loop: EventLoop, options: RelayOptions) {
    const { from, to, spool, brokenSink, first } = options;
    this.#options = options;
    this.#loop = loop;
    const stream = this.#stream = new Stream({
      source: { read: (buffer) => read(from, buffer) },
      sink: { write: (bytes) => write(to, bytes) },
      store: spool,
      brokenSink,
      first,
      refused: (side, reason) => options.failed(this.#complaint(side, reason)),
    });
    const broken = () => this.#end();
    // First, so that its new room counts when the source has its turn.
    this.#sink = loop.watch(options.sink, to, "none", {
      ready: ({ broken }) => this.#serve(() => stream.sinkReady(broken)),
      late: () => this.#serve(() => stream.sinkStuck()),
      broken,
    });
    this.#source = loop.watch(options.source, from, "none", {
      ready: ({ input, broken }) =>
        this.#serve(() => stream.sourceReady(broken && !input)),
      broken,
    });
    this.#arm();
  }

  /** The source has ended and all of it has been delivered. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Something has come from the source. */
  get begun(): boolean {
    return this.#stream.begun;
  }

  /** Bytes have been written to the source that the sink has not got yet. */
  get undelivered(): boolean {
    return !this.#ended &&
      (this.#stream.carried > 0 || bytesWaiting(this.#options.from) > 0);
  }

  /** What is held back, see `first`; empty if nothing is. */
  get heldBack(): Uint8Array {
    return this.#stream.heldBack;
  }

  /** Delivers what was held back, or drops it. */
  letGo(decision: "deliver" | "drop"): void {
    this.#serve(() => this.#stream.letGo(decision));
  }

  /** Moves nothing any more, whatever is still on its way. */
  stop(): void {
    this.#ended = true;
    this.#stream.stop();
    this.#loop.unwatch(this.#source);
    this.#loop.unwatch(this.#sink);
    this.#options.spool?.close();
  }

  #serve(action: () => void): void {
    action();
    if (this.#stream.ended) return this.#end();
    this.#arm();
  }

  /** Watches what can let the stream go on; the only place that does. */
  #arm(): void {
    const { source, sink, patience } = this.#stream.watched;
    this.#source.interest = source ? "input" : "none";
    this.#sink.interest = sink ? "output" : "none";
    this.#sink.deadline = patience
      ? performance.now() + LIMITS.fullSink
      : Infinity;
  }

  #end(): void {
    if (this.#ended) return;
    this.stop();
    this.#options.ended();
  }

  #complaint(side: "source" | "sink", reason: string): string {
    const { source, sink } = this.#options;
    return side === "source"
      ? `Cannot read ${source}: ${reason}`
      : `Cannot write to ${sink}: ${reason}; what it refuses is lost`;
  }
}
