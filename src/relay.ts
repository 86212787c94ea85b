import { POLLIN, POLLOUT } from "../ffi/constants.ts";
import { describeErrno } from "../ffi/errno.ts";
import { bytesWaiting, type Fd } from "../ffi/fd.ts";
import {
  HUNG_UP,
  read,
  splice,
  type Transferred,
  UNSUPPORTED,
  WOULD_BLOCK,
  write,
} from "../ffi/transfer.ts";
import type { EventLoop, Watch } from "./event_loop.ts";

/** What one splice(2) may move: the largest capacity a pipe can be given. */
const SPLICE_MOST = 1n << 20n;
/** What is copied at once where the kernel cannot splice. */
const COPY_MOST = 1 << 16;
/** Moves per event, after which the other descriptors get their turn. */
const TURN = 16;

export interface RelayOptions {
  from: Fd;
  to: Fd;
  /** Names the sink in messages, as in `stdout "/run/…/init-stdout"`. */
  sink: string;
  /** Called once when the source has ended and everything is delivered. */
  ended: () => void;
  /** Called once per sink that refuses bytes, with the reason. */
  failed: (message: string) => void;
}

/**
 * Moves bytes from one descriptor to another until end of file, inside the
 * kernel where it can. Waits for the source, and when the sink is full for
 * the sink: one of the two is watched at any time, so it never spins.
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
  #mode: "splice" | "copy" = "splice";
  #buffer: Uint8Array<ArrayBuffer> | undefined;
  /** Copied from the source, not yet taken by the sink. */
  #pending: Uint8Array<ArrayBuffer> | undefined;
  #complained = false;
  #ended = false;

  constructor(loop: EventLoop, options: RelayOptions) {
    this.#loop = loop;
    this.#options = options;
    this.#source = loop.watch(options.from, POLLIN, () => this.#turn("sink"));
    this.#sink = loop.watch(options.to, 0, () => this.#turn("source"));
  }

  /** The source has ended and all of it has been delivered. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Bytes have been written to the source that the sink has not got yet. */
  get waiting(): boolean {
    return !this.#ended &&
      (this.#pending !== undefined || bytesWaiting(this.#options.from) > 0);
  }

  /** Whether an open file, of any process, is the source of this relay. */
  reads(info: Deno.FileInfo): boolean {
    const { from } = this.#options;
    if (from.closed) return false;
    const own = Deno.statSync(`/proc/self/fd/${from.raw}`);
    return info.ino === own.ino && info.dev === own.dev;
  }

  /** Stops for good, whatever is left in the source. */
  stop(): void {
    this.#loop.unwatch(this.#source);
    this.#loop.unwatch(this.#sink);
  }

  /**
   * Moves what there is.
   *
   * @param other which side to wait for if nothing moves: poll(2) has just
   *   said that this side is ready, so it must be the other one
   */
  #turn(other: "source" | "sink"): void {
    for (let move = 0; move < TURN; move++) {
      const moved = this.#mode === "splice" ? this.#splice() : this.#copy();
      if (moved > 0) {
        other = "source";
        continue;
      }
      if (moved === WOULD_BLOCK) {
        return this.#waitFor(this.#mode === "splice" ? other : this.#lacking());
      }
      if (moved === 0 || moved === HUNG_UP) return this.#end();
      if (moved === UNSUPPORTED && this.#mode === "splice") {
        this.#mode = "copy";
        continue;
      }
      return this.#end(`Cannot read: ${describeErrno(-moved)}`);
    }
  }

  #splice(): Transferred {
    const { from, to } = this.#options;
    const moved = splice(from, to, SPLICE_MOST);
    // Which of the two ends failed is not told: copying finds out.
    return moved < 0 && moved !== WOULD_BLOCK ? UNSUPPORTED : moved;
  }

  #copy(): Transferred {
    if (this.#pending === undefined) {
      this.#buffer ??= new Uint8Array(COPY_MOST);
      const count = read(this.#options.from, this.#buffer);
      if (count <= 0) return count;
      this.#pending = this.#buffer.subarray(0, count);
    }
    const count = write(this.#options.to, this.#pending);
    if (count === WOULD_BLOCK) return WOULD_BLOCK;
    if (count < 0) {
      const lost = this.#pending.length;
      this.#pending = undefined;
      this.#complain(count, lost);
      return lost;
    }
    this.#pending = count < this.#pending.length
      ? this.#pending.subarray(count)
      : undefined;
    return count;
  }

  #complain(result: Transferred, lost: number): void {
    if (this.#complained) return;
    this.#complained = true;
    this.#options.failed(
      `Cannot write to ${this.#options.sink}: ${describeErrno(-result)}; ` +
        `output that it refuses is lost (${lost} bytes so far)`,
    );
  }

  /** While copying it is known which side was not ready. */
  #lacking(): "source" | "sink" {
    return this.#pending === undefined ? "source" : "sink";
  }

  #waitFor(side: "source" | "sink"): void {
    this.#source.events = side === "source" ? POLLIN : 0;
    this.#sink.events = side === "sink" ? POLLOUT : 0;
  }

  #end(complaint?: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.stop();
    this.#buffer = undefined;
    if (complaint !== undefined) this.#options.failed(complaint);
    this.#options.ended();
  }
}
