import type { Fd } from "../../ffi/fd.ts";
import { openUnnamed, readAt, reserve, writeAt } from "../../ffi/file.ts";
import {
  read,
  type Transferred,
  WOULD_BLOCK,
  write,
} from "../../ffi/transfer.ts";

/** What is copied at once, in bytes. */
const CHUNK = 1 << 16;

/** Where and how much a stream may be kept on disk. */
export interface SpoolSetting {
  directory: string;
  /** For each stream, in bytes. */
  limit: number;
}

/**
 * Keeps the output of a container on disk while the daemon does not read it,
 * and gives it out in order afterwards. Without it a container stands still
 * when the pipes are full.
 *
 * The file has no name, so nobody else can open it and nothing is left behind.
 * Its space is allocated as a whole on first use: what has been taken can
 * always be kept.
 */
export class Spool {
  #file: Fd | undefined;
  #failed = false;
  /** Total of bytes taken and given; the file is used as a ring. */
  #taken = 0;
  #given = 0;

  constructor(
    private readonly setting: SpoolSetting,
    private readonly warn: (message: string) => void,
  ) {}

  get empty(): boolean {
    return this.#taken === this.#given;
  }

  get hasRoom(): boolean {
    return !this.#failed && this.#taken - this.#given < this.setting.limit;
  }

  /** Takes some of what the source has: bytes, 0 at its end, or an errno. */
  take(from: Fd): Transferred {
    const file = this.#open();
    if (file === undefined) return WOULD_BLOCK;
    const { limit } = this.setting;
    const position = this.#taken % limit;
    const room = Math.min(
      CHUNK,
      limit - position,
      limit - (this.#taken - this.#given),
    );
    const chunk = new Uint8Array(room);
    const count = read(from, chunk);
    if (count <= 0) return count;
    try {
      writeAt(file, chunk.subarray(0, count), position);
      this.#taken += count;
    } catch (error) {
      this.#fail(`lost ${count} bytes: ${(error as Error).message}`);
    }
    return count;
  }

  /** Gives the oldest bytes to the sink: how many it took, or an errno. */
  give(to: Fd): Transferred {
    const { limit } = this.setting;
    const position = this.#given % limit;
    const size = Math.min(CHUNK, limit - position, this.#taken - this.#given);
    const chunk = new Uint8Array(size);
    try {
      readAt(this.#file!, chunk, position);
    } catch (error) {
      this.#given += size;
      this.#fail(`lost ${size} bytes: ${(error as Error).message}`);
      return size;
    }
    const count = write(to, chunk);
    // A sink that refuses bytes loses them, as without a spool.
    if (count !== WOULD_BLOCK) this.#given += count < 0 ? size : count;
    return count;
  }

  close(): void {
    this.#file?.close();
  }

  #open(): Fd | undefined {
    if (this.#file !== undefined || this.#failed) return this.#file;
    const { directory, limit } = this.setting;
    let file: Fd | undefined;
    try {
      file = openUnnamed(directory);
      reserve(file, limit);
      this.#file = file;
    } catch (error) {
      file?.close();
      this.#fail((error as Error).message);
    }
    return this.#file;
  }

  /** From now on nothing more is taken. */
  #fail(reason: string): void {
    this.#failed = true;
    this.warn(`The spool for output that nobody reads has failed: ${reason}`);
  }
}
