import type { Fd } from "../../ffi/fd.ts";
import { type Ending, reapAny } from "../../ffi/process.ts";
import { read } from "../../ffi/transfer.ts";
import type { EventLoop } from "../loop/event_loop.ts";
import { Endings } from "./endings.ts";

/**
 * A child whose end somebody waits for. The number alone is no process: after
 * its end the next may have it.
 */
export class Child {
  #ending: Ending | undefined;

  constructor(readonly pid: number, ending?: Ending) {
    this.#ending = ending;
  }

  /** How it ended; undefined as long as it has not. */
  get ending(): Ending | undefined {
    return this.#ending;
  }

  ended(ending: Ending): void {
    this.#ending = ending;
  }
}

/** So many are reaped at once; then everything else has its turn. */
const TURN = 500;

/**
 * The only place that waits for children. It reaps whoever ends, at all
 * times: the runtime, the container's init, and every orphan that the
 * subreaper has inherited.
 */
export class Reaper {
  readonly #awaited = new Map<number, Child>();
  /** The latest of each number; undefined when nobody is interested. */
  #strangers: Endings | undefined;
  readonly #counter = new Uint8Array(8);

  /** @param wakeUps ends a wait when a child has ended: `listenForChildren` */
  constructor(wakeUps: Fd, loop: EventLoop) {
    loop.watch("the end of children", wakeUps, "input", {
      ready: () => {
        // Emptied first: who ends from now on makes it readable again.
        read(wakeUps, this.#counter);
        this.reap();
      },
    });
    // After each wait, whatever has ended it, for a signal interrupts it too.
    loop.onEveryTurn(() => this.reap());
  }

  /** The next child with this number that ends is the one that is meant. */
  expect(pid: number): Child {
    const child = new Child(pid);
    this.#awaited.set(pid, child);
    this.#strangers?.delete(pid);
    return child;
  }

  /**
   * From now on the endings of strangers are remembered: a short-lived init
   * can be gone before its number is known. Those of before are forgotten.
   */
  rememberStrangers(): void {
    this.#strangers = new Endings();
  }

  /** Nobody needs them any more. */
  forgetStrangers(): void {
    this.#strangers = undefined;
  }

  /** How a stranger has ended, if that is remembered. */
  strangersEnding(pid: number): Ending | undefined {
    return this.#strangers?.get(pid);
  }

  /**
   * Reaps those that have ended.
   *
   * @returns whether there may be more of them
   */
  reap(): boolean {
    for (let count = 0; count < TURN; count++) {
      const found = reapAny();
      if (found === undefined) return false;
      const { pid, ending } = found;
      const child = this.#awaited.get(pid);
      if (child !== undefined) {
        this.#awaited.delete(pid);
        child.ended(ending);
      } else this.#strangers?.set(pid, ending);
    }
    return true;
  }
}
