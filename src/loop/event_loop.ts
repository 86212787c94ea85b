import type { Fd } from "../../ffi/fd.ts";
import { speedUp } from "../../ffi/libc.ts";
import { type Interest, PollSet, type Readiness } from "../../ffi/poll.ts";
import type { Allowance } from "./limits.ts";
import { Quiet } from "./quiet.ts";

/** What to do about a descriptor. */
export interface Handlers {
  /** Called with what poll(2) has found. */
  ready(found: Readiness): void;
  /** Called when nothing was found until the watch's deadline. */
  late?(): void;
  /** Called when the others have thrown too often; the watch is over then. */
  broken?(): void;
}

/** One descriptor that the loop waits for. */
export class Watch {
  /** "none" leaves the descriptor out. */
  interest: Interest;
  /** As `performance.now()`. */
  deadline = Infinity;
  /** How often a handler has thrown. */
  failures = 0;

  constructor(
    /** What it is for, in messages: `the control FIFO`. */
    readonly name: string,
    readonly fd: Fd,
    interest: Interest,
    readonly handlers: Handlers,
  ) {
    this.interest = interest;
  }

  get active(): boolean {
    return this.interest !== "none" && !this.fd.closed;
  }
}

/** After so many errors of a handler its watch is over. */
const TOO_MANY = 10;

/** A wait is cut into slices of this length, in ms; see `runUntil`. */
const SLICE = 1_000;

/** So often what has arrived is looked at when the time is over. */
const LOOKS = 10;

/** What is taken for granted where poll(2) cannot be asked. */
const MAYBE: Readiness = { input: true, output: true, broken: false };

/** Between two looks where poll(2) cannot be asked, in ms. */
const PAUSE = 20;
const nothing = new Int32Array(new SharedArrayBuffer(4));

/**
 * Where the shim waits: a single poll(2) on the only thread. Children,
 * messages, bytes and limits of time all end up here, so nothing has to be
 * locked and nothing runs at the same time as anything else.
 *
 * Nothing that a handler throws gets any further than to the log: a container
 * depends on this loop.
 */
export class EventLoop {
  readonly quiet = new Quiet();
  readonly #polls = new PollSet();
  readonly #watches: Watch[] = [];
  /** The watches in the order of the poll slots; changes while they run. */
  #polled: Watch[] = [];
  #everyTurn: () => boolean = () => false;
  /** There is something left to do that no event will tell of. */
  #unfinished = false;
  /** In this turn poll(2) could not be asked. */
  #blind = false;
  readonly #complaints = new Set<string>();

  /** @param trouble told of errors that nobody has expected */
  constructor(private readonly trouble: (message: string) => void) {}

  /**
   * Has something done after each wait.
   *
   * @param action returns whether it has left something for the next turn,
   *   which then does not wait
   */
  onEveryTurn(action: () => boolean): void {
    this.#everyTurn = action;
  }

  watch(
    name: string,
    fd: Fd,
    interest: Interest,
    handlers: Handlers,
  ): Watch {
    const watch = new Watch(name, fd, interest, handlers);
    this.#watches.push(watch);
    return watch;
  }

  unwatch(watch: Watch): void {
    watch.interest = "none";
    const index = this.#watches.indexOf(watch);
    if (index !== -1) this.#watches.splice(index, 1);
  }

  /**
   * Serves events until the condition holds.
   *
   * The allowance is one for waiting. A wait that takes longer than it was
   * meant to, because the shim was stopped or the machine stood still, uses up
   * only what it was meant to take; and before the verdict all that has arrived
   * is looked at.
   *
   * @param allowance none by default: it waits for ever
   * @returns false when the time was over first
   */
  runUntil(done: () => boolean, allowance?: Allowance): boolean {
    while (!done()) {
      if (allowance === undefined) {
        this.turn(Infinity);
        continue;
      }
      if (allowance.left <= 0) return this.#lookAgain(done);
      const slice = Math.min(allowance.left, SLICE);
      const start = performance.now();
      this.turn(slice);
      allowance.left -= Math.min(performance.now() - start, slice);
    }
    return true;
  }

  /**
   * What has arrived may take several steps to take in: a connection, then
   * what came over it. A container that prints all the time is no reason to
   * look for ever.
   */
  #lookAgain(done: () => boolean): boolean {
    for (let look = 0; look < LOOKS; look++) {
      const found = this.turn(0);
      if (done()) return true;
      if (!found) return false;
    }
    return false;
  }

  /**
   * Waits once, and serves what is ready then.
   *
   * @param limit for the wait, in milliseconds
   * @returns whether something was
   */
  turn(limit: number): boolean {
    this.#fillSlots();
    const start = performance.now();
    const allowed = this.#unfinished ? 0 : Math.min(
      limit,
      this.#untilDeadline(start),
      this.quiet.left(start),
    );
    if (this.quiet.busy) this.#guard("the compiler", speedUp);
    const ready = this.#wait(Math.max(0, allowed));
    this.#unfinished = false;
    this.#guard("the end of children", () => {
      this.#unfinished = this.#everyTurn();
    });
    if (ready > 0) this.#serve();
    this.#serveLate();
    this.quiet.turned(ready > 0, (name, action) => this.#guard(name, action));
    return ready > 0;
  }

  #fillSlots(): void {
    this.#polled.length = 0;
    for (const watch of this.#watches) {
      // A descriptor that nobody is interested in would still report a
      // hang-up: it is left out.
      if (!watch.active) continue;
      this.#polls.set(this.#polled.length, watch.fd.raw, watch.interest);
      this.#polled.push(watch);
    }
  }

  #untilDeadline(now: number): number {
    let least = Infinity;
    for (const { deadline } of this.#polled) {
      if (deadline - now < least) least = deadline - now;
    }
    return least;
  }

  #wait(limit: number): number {
    this.#blind = false;
    try {
      return this.#polls.wait(this.#polled.length, limit);
    } catch (error) {
      // Without poll(2) everything is looked at again and again: slow, but
      // nothing is missed.
      this.#blind = true;
      this.#complain((error as Error).message);
      Atomics.wait(nothing, 0, 0, Math.min(PAUSE, limit));
      return this.#polled.length;
    }
  }

  #serve(): void {
    for (let slot = 0; slot < this.#polled.length; slot++) {
      const watch = this.#polled[slot];
      const found = this.#blind ? MAYBE : this.#polls.ready(slot);
      // A handler before this one may have closed or paused it.
      if (found === undefined || !watch.active) continue;
      this.#call(watch, () => watch.handlers.ready(found));
    }
  }

  #serveLate(): void {
    const now = performance.now();
    for (const watch of this.#polled) {
      if (!watch.active || watch.deadline > now) continue;
      watch.deadline = Infinity;
      this.#call(watch, () => watch.handlers.late?.());
    }
  }

  #call(watch: Watch, action: () => void): void {
    if (this.#guard(watch.name, action)) return;
    watch.failures++;
    if (watch.failures < TOO_MANY) return;
    this.unwatch(watch);
    this.#guard(watch.name, () => watch.handlers.broken?.());
  }

  /** Says the same but once, however often it happens. */
  #complain(message: string): void {
    if (this.#complaints.has(message)) return;
    this.#complaints.add(message);
    this.trouble(message);
  }

  /** @returns whether the action went well */
  #guard(name: string, action: () => void): boolean {
    try {
      action();
      return true;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#complain(`Unexpected error while serving ${name}: ${reason}`);
      return false;
    }
  }
}
