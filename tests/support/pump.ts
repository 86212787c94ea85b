import {
  close,
  eventFd,
  O,
  POLL,
  pollAsync,
  pollNow,
  PollSet,
  read,
  wake,
} from "./posix.ts";

/** A descriptor that is watched, and what to do when it is ready. */
export interface Source {
  readonly fd: number;
  /** Event bits of poll(2); 0 watches nothing for the time being. */
  events: number;
  ready(revents: number): void;
}

/**
 * Watches descriptors with one poll(2) on a pool thread, so things are seen,
 * and stamped, when they happen and not when a test comes round to look.
 */
export class Pump {
  readonly #sources = new Set<Source>();
  readonly #listeners = new Set<() => void>();
  readonly #waker = eventFd();
  readonly #drain = new Uint8Array(8);
  readonly #loop: Promise<void>;
  #closed = false;

  constructor() {
    this.#loop = this.#run();
  }

  add(source: Source): void {
    this.#sources.add(source);
    wake(this.#waker);
  }

  /** After this the source is not called again, even if it is ready now. */
  remove(source: Source): void {
    this.#sources.delete(source);
    wake(this.#waker);
  }

  /** Call this after `events` of a source changed. */
  changed(): void {
    wake(this.#waker);
  }

  /** Takes in at once what is ready; a flood is left to the loop. */
  flush(): void {
    for (let round = 0; round < 100 && this.#sources.size > 0; round++) {
      const [sources, set] = this.#pollSet();
      if (pollNow(set) <= 0) return;
      if (!this.#dispatch(sources, set)) return;
    }
  }

  /** Resolves at the next event, or after `ms` if there is none. */
  activity(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#listeners.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#listeners.add(done);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    wake(this.#waker);
    await this.#loop;
    close(this.#waker);
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      const [sources, set] = this.#pollSet({
        fd: this.#waker,
        events: POLL.IN,
        ready: () => void read(this.#waker, this.#drain),
      });
      await pollAsync(set, 1000);
      if (this.#closed) return;
      if (this.#dispatch(sources, set)) {
        for (const listener of [...this.#listeners]) listener();
      }
    }
  }

  #pollSet(extra?: Source): [Source[], PollSet] {
    const sources = [...this.#sources].filter((s) => s.events !== 0);
    if (extra) sources.push(extra);
    return [sources, new PollSet(sources)];
  }

  // A source may have been removed, or its descriptor's number given to
  // another, while the pool thread waited: only those that are still watched
  // are called.
  #dispatch(sources: Source[], set: PollSet): boolean {
    let any = false;
    sources.forEach((source, i) => {
      const revents = set.revents(i);
      if (revents === 0) return;
      if (source.fd === this.#waker) source.ready(revents);
      else if (this.#sources.has(source) && source.events !== 0) {
        any = true;
        source.ready(revents);
      }
    });
    return any;
  }
}

/** The reading end of a FIFO: collects bytes, tells of the first and the end. */
export class Reader implements Source {
  events: number = POLL.IN;

  constructor(
    readonly fd: number,
    private readonly sink: (bytes: Uint8Array) => void,
    private readonly ended: () => void,
  ) {}

  ready(revents: number): void {
    const n = read(this.fd, chunk);
    if (n === "EAGAIN") return;
    if (n > 0) this.sink(chunk.subarray(0, n));
    // Without a hang-up a FIFO at its end has not had a writer yet.
    else if (revents & POLL.HUP) {
      this.events = 0;
      this.ended();
    }
  }
}

const chunk = new Uint8Array(1 << 16);

/** Flags for a reading end that nobody has to wait for. */
export const READING = O.RDONLY | O.NONBLOCK;
