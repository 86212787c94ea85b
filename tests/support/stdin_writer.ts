import { toBytes } from "./pairs.ts";
import { close, POLL, write } from "./posix.ts";
import type { Pump, Source } from "./pump.ts";

/** The client's end of the stdin FIFO. */
export class StdinWriter implements Source, Disposable {
  readonly fd: number;
  readonly #pump: Pump;
  events: number = POLL.OUT;
  #open = true;
  #wakeUp = () => {};

  constructor(fd: number, pump: Pump) {
    this.fd = fd;
    this.#pump = pump;
  }

  /** Writes once, what fits. */
  tryWrite(data: string | Uint8Array): "ok" | "EAGAIN" | "EPIPE" {
    const n = write(this.fd, toBytes(data));
    return typeof n === "number" ? "ok" : n;
  }

  /**
   * Writes everything, waiting whenever the FIFO is full. `blocked`: it stayed
   * full until the time was over.
   */
  async write(
    data: string | Uint8Array,
    { withinMs = 60_000 }: { withinMs?: number } = {},
  ): Promise<{ written: number; outcome: "all" | "blocked" | "EPIPE" }> {
    const bytes = toBytes(data);
    const end = performance.now() + withinMs;
    let written = 0;
    while (written < bytes.length) {
      const n = write(this.fd, bytes.subarray(written, written + 65536));
      if (n === "EPIPE") return { written, outcome: "EPIPE" };
      if (n !== "EAGAIN") {
        written += n;
        continue;
      }
      const left = end - performance.now();
      if (left <= 0 || !this.#open) return { written, outcome: "blocked" };
      await this.#room(left);
    }
    return { written, outcome: "all" };
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#pump.remove(this);
    close(this.fd);
    this.#wakeUp();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  ready(): void {
    this.#pump.remove(this);
    this.#wakeUp();
  }

  #room(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.ready(), ms);
      this.#wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#pump.add(this);
    });
  }
}
