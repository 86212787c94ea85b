import { type Fd, pipe, setNonblocking } from "../../ffi/fd.ts";
import { read } from "../../ffi/transfer.ts";
import { giveBack, takeBuffer } from "../loop/buffers.ts";
import type { EventLoop, Watch } from "../loop/event_loop.ts";

/** What of a call's output is kept for messages, in bytes. */
const KEPT = 4096;
/** Reads at once, before everything else has its turn. */
const TURN = 8;

/**
 * A pipe that is read all the time, and remembers how it began. Without
 * descriptors for it (EMFILE) there is none, and the call goes on without.
 */
export class OutputCollector implements Disposable {
  readonly writeEnd: Fd | undefined;
  readonly #readEnd: Fd | undefined;
  readonly #watch: Watch | undefined;
  readonly #kept = new Uint8Array(KEPT);
  #length = 0;
  /** Nobody has the other end any more. */
  #ended = false;
  #finished = false;

  constructor(private readonly loop: EventLoop) {
    try {
      const ends = pipe("runtime output");
      this.writeEnd = ends.writeEnd;
      this.#readEnd = ends.readEnd;
      setNonblocking(ends.readEnd);
      const name = "the runtime's output";
      this.#watch = loop.watch(name, ends.readEnd, "input", {
        ready: () => {
          for (let reads = 0; reads < TURN && this.#read();) reads++;
        },
      });
    } catch {
      this[Symbol.dispose]();
      this.writeEnd = undefined;
    }
  }

  /**
   * All that an ended call has printed, as far as it is kept. Processes that
   * it left behind may go on printing: that is still read, for SIGPIPE would
   * kill them.
   */
  finish(): string {
    this.#finished = true;
    while (this.#length < KEPT && this.#read());
    return new TextDecoder().decode(this.#kept.subarray(0, this.#length));
  }

  /** @returns whether there was something */
  #read(): boolean {
    if (this.#readEnd === undefined || this.#ended) return false;
    const chunk = takeBuffer();
    const result = read(this.#readEnd, chunk);
    if (result.kind === "moved") {
      const room = KEPT - this.#length;
      const part = chunk.subarray(0, Math.min(result.bytes, room));
      this.#kept.set(part, this.#length);
      this.#length += part.length;
    } else if (result.kind !== "would block") {
      this.#ended = true;
      this.#stop();
    }
    giveBack(chunk);
    return result.kind === "moved";
  }

  #stop(): void {
    if (this.#watch !== undefined) this.loop.unwatch(this.#watch);
    this.#readEnd?.close();
  }

  [Symbol.dispose](): void {
    this.writeEnd?.close();
    if (!this.#finished || this.#ended) this.#stop();
  }
}
