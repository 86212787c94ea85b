import type { Fd } from "../../ffi/fd.ts";
import { PollSet } from "../../ffi/poll.ts";

/** Called with the POLL* bits that are set. */
export type Ready = (events: number) => void;

/** One descriptor that the loop waits for. */
export class Watch {
  /** POLL* bits to wait for; 0 leaves the descriptor out. */
  events: number;

  constructor(
    readonly fd: Fd,
    events: number,
    readonly ready: Ready,
  ) {
    this.events = events;
  }
}

/**
 * The one place where the shim waits: a single poll(2) on the only thread.
 * Children, messages, bytes and deadlines all end up here, so nothing has to
 * be locked and nothing runs at the same time as anything else.
 */
export class EventLoop {
  readonly #polls = new PollSet();
  readonly #watches: Watch[] = [];
  /** The watches in the order of the poll slots; changes while they run. */
  #polled: Watch[] = [];

  watch(fd: Fd, events: number, ready: Ready): Watch {
    const watch = new Watch(fd, events, ready);
    this.#watches.push(watch);
    return watch;
  }

  unwatch(watch: Watch): void {
    watch.events = 0;
    const index = this.#watches.indexOf(watch);
    if (index !== -1) this.#watches.splice(index, 1);
  }

  /**
   * Serves events until the condition holds.
   *
   * @param deadline as `performance.now()`; none by default
   * @returns false when the deadline passed first
   */
  runUntil(done: () => boolean, deadline = Infinity): boolean {
    while (!done()) {
      const left = deadline - performance.now();
      if (left <= 0) return false;
      this.#serve(left === Infinity ? -1 : Math.ceil(left));
    }
    return true;
  }

  /** Serves what is ready now, without waiting. */
  serveReady(): void {
    this.#serve(0);
  }

  #serve(timeout: number): void {
    this.#polled.length = 0;
    for (const watch of this.#watches) {
      // A descriptor without events would still report a hang-up: leave it out.
      if (watch.events === 0 || watch.fd.closed) continue;
      this.#polls.set(this.#polled.length, watch.fd.raw, watch.events);
      this.#polled.push(watch);
    }
    const ready = this.#polls.wait(this.#polled.length, timeout);
    if (ready === 0) return;
    for (let slot = 0; slot < this.#polled.length; slot++) {
      const events = this.#polls.ready(slot);
      const watch = this.#polled[slot];
      // A handler before this one may have closed or paused it.
      if (events !== 0 && watch.events !== 0 && !watch.fd.closed) {
        watch.ready(events);
      }
    }
  }
}
