import type { Fd } from "../../ffi/fd.ts";
import { openUnnamed, readAt, reserve, writeAt } from "../../ffi/file.ts";
import type { SpoolSetting } from "../daemon/settings.ts";

/** So much of the file is allocated at once, in bytes. */
const STEP = 1 << 20;

/**
 * PIPE_BUF of Linux. A container may write packets of up to this size
 * (O_DIRECT in pipe(2)), and what a shorter read leaves of one is lost.
 */
const PACKET = 4096;

/**
 * Keeps the output of a container on disk while the daemon does not read it,
 * and gives it out in order afterwards. Without it a container stands still
 * when the pipes are full.
 *
 * The file has no name, so nobody else can open it and nothing is left behind.
 * Its space is allocated before it is used, bit by bit: what has been taken can
 * always be kept.
 */
export class Spool {
  #file: Fd | undefined;
  #failed = false;
  /** The file is used as a ring of this size. */
  #limit: number;
  /** Allocated so far. */
  #reserved = 0;
  /** Total of bytes added and taken. */
  #added = 0;
  #taken = 0;

  constructor(
    private readonly setting: SpoolSetting,
    private readonly warn: (message: string) => void,
  ) {
    this.#limit = setting.limit;
  }

  /** Bytes that are kept. */
  get size(): number {
    return this.#added - this.#taken;
  }

  /** Whether it can take a packet, however long. */
  get hasRoom(): boolean {
    return !this.#failed && this.#limit - this.size >= PACKET;
  }

  /**
   * Makes room for more, if there can be any.
   *
   * @returns how many bytes can be added at once; 0 if not even a packet
   */
  prepare(): number {
    this.#reserve();
    if (!this.hasRoom) return 0;
    const free = this.#limit - this.size;
    // Not before all is allocated does it go round.
    return this.#reserved === this.#limit
      ? free
      : Math.min(free, this.#reserved - this.#added);
  }

  #reserve(): void {
    if (this.#failed || this.#reserved === this.#limit) return;
    if (this.#reserved - this.#added >= PACKET) return;
    const wanted = Math.min(this.#reserved + STEP, this.#limit);
    try {
      this.#file ??= openUnnamed(this.setting.directory);
      reserve(this.#file, wanted);
      this.#reserved = wanted;
    } catch (error) {
      const reason = (error as Error).message;
      if (this.#reserved === 0) return this.#fail(reason);
      this.#limit = this.#reserved;
      this.warn(
        `The spool for output that nobody reads holds ${this.#limit} ` +
          `instead of ${this.setting.limit} bytes: ${reason}`,
      );
    }
  }

  /** Keeps bytes, at most as many as there is room for. */
  add(bytes: Uint8Array<ArrayBuffer>): void {
    try {
      const position = this.#added % this.#limit;
      const untilEnd = this.#limit - position;
      writeAt(this.#file!, bytes.subarray(0, untilEnd), position);
      writeAt(this.#file!, bytes.subarray(untilEnd), 0);
      this.#added += bytes.length;
    } catch (error) {
      const reason = (error as Error).message;
      this.#fail(`lost ${bytes.length} bytes: ${reason}`);
    }
  }

  /**
   * Takes out the oldest bytes, as many as fit.
   *
   * @returns how many; 0 if they, and all behind them, are lost
   */
  take(buffer: Uint8Array<ArrayBuffer>): number {
    const position = this.#taken % this.#limit;
    const size = Math.min(buffer.length, this.#limit - position, this.size);
    try {
      readAt(this.#file!, buffer.subarray(0, size), position);
      this.#taken += size;
      return size;
    } catch (error) {
      const lost = this.size;
      this.clear();
      this.#fail(`lost ${lost} bytes: ${(error as Error).message}`);
      return 0;
    }
  }

  /** Forgets what is kept. */
  clear(): void {
    this.#taken = this.#added;
  }

  close(): void {
    this.#file?.close();
  }

  /** From now on nothing more is taken. */
  #fail(reason: string): void {
    this.#failed = true;
    this.warn(`The spool for output that nobody reads has failed: ${reason}`);
  }
}
