/** Which of a container's streams; load.c numbers them so. */
export const STREAMS = ["stdin", "stdout", "stderr"] as const;

export type StreamName = typeof STREAMS[number];

/** A place in a pseudo-random stream, small enough to be written down. */
export interface Place {
  /** Of the generator. */
  state: number;
  /** Bytes of it that are used: 0 to 4. */
  used: number;
  /** Bytes so far. */
  bytes: number;
}

/** The stream that load.c makes of a seed: xorshift32, little-endian. */
export class Pattern {
  #state: number;
  #used: number;
  #bytes: number;

  constructor({ state, used, bytes }: Place) {
    this.#state = state;
    this.#used = used;
    this.#bytes = bytes;
  }

  static of(seed: number, stream: StreamName): Pattern {
    const which = STREAMS.indexOf(stream);
    const state = (Math.imul(seed, 2654435761) + which * 40503) | 0;
    return new Pattern({ state: state || 1, used: 4, bytes: 0 });
  }

  get place(): Place {
    return { state: this.#state, used: this.#used, bytes: this.#bytes };
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The next bytes of the stream. */
  fill(buffer: Uint8Array): void {
    for (let i = 0; i < buffer.length; i++) buffer[i] = this.#next();
    this.#bytes += buffer.length;
  }

  /** How many of these bytes are the next ones of the stream. */
  accept(found: Uint8Array): number {
    for (let i = 0; i < found.length; i++) {
      if (found[i] !== this.#next()) return i;
      this.#bytes++;
    }
    return found.length;
  }

  #next(): number {
    if (this.#used === 4) {
      let state = this.#state;
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      this.#state = state;
      this.#used = 0;
    }
    return this.#state >>> 8 * this.#used++ & 0xff;
  }
}
