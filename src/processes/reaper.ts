import { POLLIN } from "../../ffi/constants.ts";
import type { Fd } from "../../ffi/fd.ts";
import { type Ending, reapAny } from "../../ffi/process.ts";
import { read } from "../../ffi/transfer.ts";
import type { EventLoop } from "../loop/event_loop.ts";

/**
 * The only place that waits for children. It reaps whoever ends, at all
 * times: the runtime, the container's init, and every orphan that the
 * subreaper has inherited.
 */
export class Reaper {
  readonly #endings = new Map<number, Ending>();
  readonly #expected = new Set<number>();
  readonly #counter = new Uint8Array(8);
  #keepAll = true;

  /** @param events readable when a child has ended, from `childEvents` */
  constructor(private readonly events: Fd, loop: EventLoop) {
    loop.watch(events, POLLIN, () => this.#reap());
  }

  /** How a process ended; undefined as long as it has not. */
  endingOf(pid: number): Ending | undefined {
    return this.#endings.get(pid);
  }

  /** Whether any of the processes that ended so far was this one. */
  hasReaped(pid: number): boolean {
    return this.#endings.has(pid);
  }

  /**
   * From now on only these processes matter; of all others the ending is
   * dropped. Until the pid of init is known it may be anybody's, because a
   * short-lived init can be gone before `runtime create` has returned.
   */
  keepOnly(...pids: number[]): void {
    this.#keepAll = false;
    for (const pid of this.#endings.keys()) {
      if (!pids.includes(pid)) this.#endings.delete(pid);
    }
    for (const pid of pids) this.#expected.add(pid);
  }

  /** Keeps the ending of this process, which has just been started. */
  expect(pid: number): void {
    // Another process may have ended under the same number before.
    this.#endings.delete(pid);
    this.#expected.add(pid);
  }

  #reap(): void {
    // SIGCHLDs coalesce: one event may stand for any number of children.
    // The counter is cleared first, so that a child that ends meanwhile
    // makes the fd readable again.
    read(this.events, this.#counter);
    for (let child = reapAny(); child !== undefined; child = reapAny()) {
      if (this.#keepAll || this.#expected.has(child.pid)) {
        this.#endings.set(child.pid, child.ending);
      }
    }
  }
}
