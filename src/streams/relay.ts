import { POLLIN, POLLOUT } from "../../ffi/constants.ts";
import { describeErrno } from "../../ffi/errno.ts";
import { bytesWaiting, enlargePipe, type Fd } from "../../ffi/fd.ts";
import {
  HUNG_UP,
  read,
  splice,
  type Transferred,
  WOULD_BLOCK,
  write,
} from "../../ffi/transfer.ts";
import type { EventLoop, Watch } from "../loop/event_loop.ts";
import type { Spool } from "./spool.ts";

/** What one splice(2) may move: the largest capacity a pipe can be given. */
const SPLICE_MOST = 1n << 20n;
/** Capacity for the pipes of a busy stream, in bytes. */
const BUSY_CAPACITY = 1 << 20;
/** A pipe's capacity by default. A transfer of this size shows a busy stream. */
const DEFAULT_CAPACITY = 1 << 16;
/** What is copied at once where the kernel cannot splice. */
const COPY_MOST = 1 << 16;
/**
 * Transfers of at least this size are spliced, smaller ones are copied, in
 * bytes. splice(2) hands on pages as they are and never fills them up: lines
 * of text, spliced one by one, would fill the FIFO with a few bytes each.
 */
const WORTH_SPLICING = 4_000;
/** Moves per event, after which the other descriptors get their turn. */
const TURN = 16;

export interface RelayOptions {
  from: Fd;
  to: Fd;
  /** Names the two in messages, as in `stdout "/run/…/init-stdout"`. */
  source: string;
  sink: string;
  /** Takes what the sink has no room for. */
  spool?: Spool;
  /** Whether the pipes may be enlarged when the stream is busy. */
  enlarge?: boolean;
  /** Called once when the source has ended and everything is delivered. */
  ended: () => void;
  /** Called once per sink that refuses bytes, with the reason. */
  failed: (message: string) => void;
}

type Side = "source" | "sink";

/**
 * Moves bytes from one descriptor to another until end of file, large
 * transfers inside the kernel where it can. Waits for the source, and when the sink is full for
 * the sink, so it never spins.
 *
 * A sink that refuses bytes (a full disk behind a log file) loses those, with
 * a message; the source is still drained, because a container whose pipe is
 * full stands still.
 */
export class Relay {
  readonly #loop: EventLoop;
  readonly #options: RelayOptions;
  readonly #source: Watch;
  readonly #sink: Watch;
  /** `copy` for small transfers, `never` splices where the kernel refuses. */
  #mode: "copy" | "splice" | "never" = "copy";
  #buffer: Uint8Array<ArrayBuffer> | undefined;
  /** Copied from the source, not yet taken by the sink. */
  #pending: Uint8Array<ArrayBuffer> | undefined;
  #enlarged: boolean;
  #complained = false;
  #sourceEnded = false;
  #ended = false;

  constructor(loop: EventLoop, options: RelayOptions) {
    this.#loop = loop;
    this.#options = options;
    this.#enlarged = !options.enlarge;
    this.#source = loop.watch(options.from, POLLIN, () => {
      // While the sink is watched too, it is full: only the spool takes more.
      if (this.#sink.events !== 0) this.#wait("sink");
      else this.#turn("sink");
    });
    this.#sink = loop.watch(options.to, 0, () => this.#turn("source"));
  }

  /** The source has ended and all of it has been delivered. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Bytes have been written to the source that the sink has not got yet. */
  get waiting(): boolean {
    return !this.#ended && (this.#hasPending || this.#sourceHasBytes);
  }

  get #hasPending(): boolean {
    return this.#pending !== undefined || !(this.#options.spool?.empty ?? true);
  }

  get #sourceHasBytes(): boolean {
    return !this.#sourceEnded && bytesWaiting(this.#options.from) > 0;
  }

  /** Room for a whole burst, once the stream shows that it has some. */
  #enlarge(): void {
    if (this.#enlarged) return;
    this.#enlarged = true;
    enlargePipe(this.#options.from, BUSY_CAPACITY);
    enlargePipe(this.#options.to, BUSY_CAPACITY);
  }

  /**
   * Moves what there is.
   *
   * @param other which side to wait for if nothing moves: poll(2) has just
   *   said that this side is ready, so it must be the other one
   */
  #turn(other: Side): void {
    for (let move = 0; move < TURN; move++) {
      const moved = this.#move();
      if (moved > 0) {
        other = "source";
        if (moved >= DEFAULT_CAPACITY) this.#enlarge();
        continue;
      }
      if (moved === WOULD_BLOCK) return this.#wait(other);
      if (moved === 0 || moved === HUNG_UP) return this.#endSource();
      return this.#endSource(
        `Cannot read ${this.#options.source}: ${describeErrno(-moved)}`,
      );
    }
  }

  #move(): Transferred {
    const { from, to, spool } = this.#options;
    if (this.#pending !== undefined) return this.#writePending();
    if (spool?.empty === false) return this.#give(spool);
    if (this.#sourceEnded) return 0;
    if (this.#mode === "splice") {
      const moved = splice(from, to, SPLICE_MOST);
      if (moved < WORTH_SPLICING && moved !== WOULD_BLOCK) this.#mode = "copy";
      if (moved >= 0 || moved === WOULD_BLOCK) return moved;
      // Refused, or one of the two has failed: copying tells which.
      this.#mode = "never";
    }
    this.#buffer ??= new Uint8Array(COPY_MOST);
    const count = read(from, this.#buffer);
    if (count <= 0) return count;
    if (count >= WORTH_SPLICING && this.#mode === "copy") this.#mode = "splice";
    this.#pending = this.#buffer.subarray(0, count);
    return this.#writePending();
  }

  #writePending(): Transferred {
    const pending = this.#pending!;
    const count = write(this.#options.to, pending);
    if (count === WOULD_BLOCK) return WOULD_BLOCK;
    if (count < 0) this.#complain(count);
    const taken = count < 0 ? pending.length : count;
    this.#pending = taken < pending.length
      ? pending.subarray(taken)
      : undefined;
    return taken;
  }

  #give(spool: Spool): Transferred {
    const given = spool.give(this.#options.to);
    if (given >= 0 || given === WOULD_BLOCK) return given;
    this.#complain(given);
    return 1;
  }

  #complain(result: Transferred): void {
    if (this.#complained) return;
    this.#complained = true;
    this.#options.failed(
      `Cannot write to ${this.#options.sink}: ${describeErrno(-result)}; ` +
        "what it refuses is lost",
    );
  }

  /** Nothing moves now: waits for the side that can change that. */
  #wait(other: Side): void {
    const { spool } = this.#options;
    let side = other;
    if (this.#mode !== "splice") side = "source";
    if (this.#hasPending) side = "sink";
    const spooling = side === "sink" && spool !== undefined &&
      !this.#sourceEnded && this.#fill(spool);
    this.#sink.events = side === "sink" ? POLLOUT : 0;
    this.#source.events = side === "source" || spooling ? POLLIN : 0;
  }

  /**
   * Takes what the source has while the sink is full.
   *
   * @returns whether there is room for more
   */
  #fill(spool: Spool): boolean {
    while (spool.hasRoom) {
      const taken = spool.take(this.#options.from);
      if (taken === WOULD_BLOCK) return true;
      if (taken > 0) continue;
      this.#sourceEnded = true;
      break;
    }
    return false;
  }

  #endSource(complaint?: string): void {
    if (complaint !== undefined && !this.#sourceEnded) {
      this.#options.failed(complaint);
    }
    this.#sourceEnded = true;
    if (this.#hasPending) return this.#wait("sink");
    if (this.#ended) return;
    this.#ended = true;
    this.#loop.unwatch(this.#source);
    this.#loop.unwatch(this.#sink);
    this.#buffer = undefined;
    this.#options.spool?.close();
    this.#options.ended();
  }
}
