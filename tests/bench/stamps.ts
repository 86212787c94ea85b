import {
  close,
  mkfifo,
  O,
  open,
  POLL,
  pollAsync,
  PollSet,
  read,
} from "../support/posix.ts";

/** When something happened, in nanoseconds of CLOCK_MONOTONIC. */
export interface Stamp {
  name: string;
  at: number;
  /** A pid, as a rule. */
  number: number;
}

const PATIENCE = 30_000; // ms
/** How often to ask whether to give up, in milliseconds. */
const QUESTION = 500;

/** The FIFO into which the tools of helper.c write their stamps. */
export class Stamps implements Disposable {
  readonly #fd: number;
  readonly #wanted: PollSet;
  readonly #buffer = new Uint8Array(4096);
  readonly #stamps: Stamp[] = [];
  #text = "";

  constructor(readonly path: string) {
    mkfifo(path, 0o600);
    // For both directions: there is no end of file between two writers.
    this.#fd = open(path, O.RDWR | O.NONBLOCK);
    this.#wanted = new PollSet([{ fd: this.#fd, events: POLL.IN }]);
  }

  /**
   * Waits for a stamp and takes it.
   *
   * @param hopeless whether it will never come; asked now and then
   * @throws {Error} when it does not come
   */
  async take(name: string, hopeless = () => false): Promise<Stamp> {
    const deadline = performance.now() + PATIENCE;
    for (;;) {
      // What had happened before it became hopeless is there by now.
      const last = hopeless() || performance.now() > deadline;
      const stamp = this.taken(name);
      if (stamp !== undefined) return stamp;
      if (last) throw new Error(`Waited in vain for the stamp "${name}"`);
      await pollAsync(this.#wanted, QUESTION);
    }
  }

  /** Takes a stamp if it has come. */
  taken(name: string): Stamp | undefined {
    this.#receive();
    const index = this.#stamps.findIndex((stamp) => stamp.name === name);
    return index < 0 ? undefined : this.#stamps.splice(index, 1)[0];
  }

  #receive(): void {
    for (;;) {
      const count = read(this.#fd, this.#buffer);
      if (count === "EAGAIN" || count === 0) break;
      this.#text += new TextDecoder().decode(this.#buffer.subarray(0, count));
    }
    const lines = this.#text.split("\n");
    this.#text = lines.pop()!;
    for (const line of lines) {
      const [name, at, number] = line.split(" ");
      this.#stamps.push({ name, at: Number(at), number: Number(number) });
    }
  }

  [Symbol.dispose](): void {
    close(this.#fd);
  }
}
