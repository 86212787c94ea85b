import { ERRNO, errno, SystemError } from "./errno.ts";
import { pollfd } from "./layout.ts";
import { libc } from "./libc.ts";

/** In milliseconds. */
const PAUSE = 20;
const nothing = new Int32Array(new SharedArrayBuffer(4));

/**
 * The array of `struct pollfd` that poll(2) takes. One call is all that the
 * shim ever waits in.
 */
export class PollSet {
  #buffer = new Uint8Array(16 * pollfd.size);
  #view = new DataView(this.#buffer.buffer);

  /** Puts a descriptor into a slot; slots from 0 on are polled. */
  set(slot: number, fd: number, events: number): void {
    if ((slot + 1) * pollfd.size > this.#buffer.length) this.#grow();
    const offset = slot * pollfd.size;
    this.#view.setInt32(offset + pollfd.fd, fd, true);
    this.#view.setInt16(offset + pollfd.events, events, true);
    this.#view.setInt16(offset + pollfd.revents, 0, true);
  }

  /** What poll(2) found for a slot: POLL* bits. */
  ready(slot: number): number {
    return this.#view.getInt16(slot * pollfd.size + pollfd.revents, true);
  }

  /**
   * Waits until a descriptor is ready.
   *
   * @param slots how many slots count
   * @param timeout in milliseconds; -1 for no limit
   * @returns how many are ready; 0 after the timeout or an interruption
   * @throws {SystemError}
   */
  wait(slots: number, timeout: number): number {
    const count = libc.poll(this.#buffer, BigInt(slots), timeout);
    if (count !== -1) return count;
    const code = errno();
    if (code === ERRNO.EINTR) return 0;
    if (code === ERRNO.ENOMEM || code === ERRNO.EAGAIN) {
      // The kernel is out of memory for a moment: the caller asks again, but
      // not at once.
      Atomics.wait(nothing, 0, 0, PAUSE);
      return 0;
    }
    throw new SystemError(code, "poll", "wait for events");
  }

  #grow(): void {
    const larger = new Uint8Array(this.#buffer.length * 2);
    larger.set(this.#buffer);
    this.#buffer = larger;
    this.#view = new DataView(larger.buffer);
  }
}
