import { toBytes } from "./pairs.ts";
import { close, write } from "./posix.ts";
import type { Pump } from "./pump.ts";

/** The client's end of the stdin FIFO. */
export class StdinWriter implements Disposable {
  #open = true;

  constructor(private readonly fd: number, private readonly pump: Pump) {}

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
      if (performance.now() >= end) return { written, outcome: "blocked" };
      await this.pump.activity(1);
      if (!this.#open) return { written, outcome: "blocked" };
    }
    return { written, outcome: "all" };
  }

  close(): void {
    if (this.#open) close(this.fd);
    this.#open = false;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
