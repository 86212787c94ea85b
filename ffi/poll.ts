import { POLLIN, POLLOUT } from "./constants.ts";
import { errno, errnoOf, SystemError } from "./errno.ts";
import { pollfd, timespec } from "./layout.ts";
import { libc } from "./libc.ts";
import { maskWhileWaiting } from "./signals.ts";

/** What to wait for on a descriptor. */
export type Interest = "none" | "input" | "output" | "both";

const EVENTS: Readonly<Record<Interest, number>> = {
  none: 0,
  input: POLLIN,
  output: POLLOUT,
  both: POLLIN | POLLOUT,
};

/** What poll(2) has found on a descriptor. */
export interface Readiness {
  input: boolean;
  output: boolean;
  /** POLLHUP, POLLERR or POLLNVAL: reported whether asked for or not. */
  broken: boolean;
}

/** In milliseconds. */
const PAUSE = 20;
const nothing = new Int32Array(new SharedArrayBuffer(4));

/**
 * The array of `struct pollfd` that ppoll(2) takes. One call is all that the
 * shim ever waits in.
 */
export class PollSet {
  #buffer = new Uint8Array(16 * pollfd.size);
  #view = new DataView(this.#buffer.buffer);
  readonly #limit = new BigInt64Array(timespec.size / 8);

  /** Puts a descriptor into a slot; slots from 0 on are polled. */
  set(slot: number, fd: number, interest: Interest): void {
    if ((slot + 1) * pollfd.size > this.#buffer.length) this.#grow();
    const offset = slot * pollfd.size;
    this.#view.setInt32(offset + pollfd.fd, fd, true);
    this.#view.setInt16(offset + pollfd.events, EVENTS[interest], true);
    this.#view.setInt16(offset + pollfd.revents, 0, true);
  }

  /** What was found for a slot; undefined if nothing. */
  ready(slot: number): Readiness | undefined {
    const at = slot * pollfd.size + pollfd.revents;
    const found = this.#view.getInt16(at, true);
    return found === 0 ? undefined : {
      input: (found & POLLIN) !== 0,
      output: (found & POLLOUT) !== 0,
      broken: (found & ~(POLLIN | POLLOUT)) !== 0,
    };
  }

  /**
   * Waits until a descriptor is ready, or a child has ended (signals.ts).
   *
   * @param slots how many slots count
   * @param limit in milliseconds; Infinity for none
   * @returns how many are ready; 0 after the limit or an interruption
   * @throws {SystemError}
   */
  wait(slots: number, limit: number): number {
    const count = libc.ppoll(
      this.#buffer,
      BigInt(slots),
      this.#timeout(limit),
      maskWhileWaiting(),
    );
    if (count !== -1) return count;
    const code = errno();
    if (code === errnoOf("EINTR")) return 0;
    if (code === errnoOf("ENOMEM") || code === errnoOf("EAGAIN")) {
      // The kernel is out of memory for a moment: the caller asks again, but
      // not at once.
      Atomics.wait(nothing, 0, 0, PAUSE);
      return 0;
    }
    throw new SystemError(code, "ppoll", "wait for events");
  }

  #timeout(limit: number): BigInt64Array<ArrayBuffer> | null {
    if (limit === Infinity) return null;
    const whole = Math.floor(limit / 1000);
    this.#limit[0] = BigInt(whole);
    this.#limit[1] = BigInt(Math.floor((limit - whole * 1000) * 1e6));
    return this.#limit;
  }

  #grow(): void {
    const larger = new Uint8Array(this.#buffer.length * 2);
    larger.set(this.#buffer);
    this.#buffer = larger;
    this.#view = new DataView(larger.buffer);
  }
}
