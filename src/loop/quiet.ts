import { LIMITS } from "./limits.ts";

/** After so many eventful turns there is much to give back. */
const MUCH = 100;

/**
 * Has something done (memory given back) when nothing has happened for a
 * while. After little work not too often: a container that prints a line now
 * and then must not cost more than that line. What the start has left is given
 * back in any case: a container that prints a line every moment is never quiet.
 */
export class Quiet {
  #action: (() => void) | undefined;
  /** Times as `performance.now()`. */
  #lastEvent = 0;
  #lastAction = -Infinity;
  /** When the first action is due at the latest; then Infinity. */
  #settleBy = Infinity;
  /** At least this long from one action to the next, in milliseconds. */
  #pause: number = LIMITS.quiet;
  /** Turns since the action in which something has happened. */
  #turns = 0;

  /** @param action done after the next quiet moment, and later ones */
  begin(action: () => void, now = performance.now()): void {
    this.#action = action;
    this.#turns = 1;
    this.#lastEvent = now;
    this.#settleBy = now + LIMITS.settled;
  }

  /** Much has happened since the last quiet moment. */
  get busy(): boolean {
    return this.#turns > MUCH;
  }

  /** Until there is something to do, in milliseconds; Infinity if never. */
  left(now: number): number {
    return this.#turns > 0 ? this.#dueAt - now : Infinity;
  }

  get #dueAt(): number {
    const pause = this.busy ? 0 : this.#pause;
    const wanted = Math.min(this.#lastEvent + LIMITS.quiet, this.#settleBy);
    return Math.max(wanted, this.#lastAction + pause);
  }

  /**
   * To be told after each wait.
   *
   * @param eventful whether something was ready
   * @param guard calls the action
   */
  turned(
    eventful: boolean,
    guard: (name: string, action: () => void) => void,
    now = performance.now(),
  ): void {
    if (this.#action === undefined) return;
    if (eventful) {
      this.#lastEvent = now;
      this.#turns++;
    } else if (this.#turns > 0 && now >= this.#dueAt) {
      // After much the first time is not enough: what was made fast for that
      // is dropped, and then compiled again, which takes memory of its own.
      const again = this.busy;
      this.#turns = again ? 1 : 0;
      this.#pause = again
        ? LIMITS.quiet
        : Math.min(2 * this.#pause, LIMITS.betweenReleases);
      this.#lastAction = now;
      this.#settleBy = Infinity;
      guard("a quiet moment", this.#action);
    }
  }
}
