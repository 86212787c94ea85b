import { bytesWaiting, close, O, open, POLL, write } from "./posix.ts";
import { toBytes } from "./pairs.ts";
import { type Pump, Reader, READING, type Source } from "./pump.ts";
import type { Timeline } from "./timeline.ts";

/** Bytes that grow at their end. */
class Bytes {
  #room = new Uint8Array(4096);
  #size = 0;

  push(more: Uint8Array): void {
    if (this.#size + more.length > this.#room.length) {
      const bigger = new Uint8Array(2 * (this.#size + more.length));
      bigger.set(this.view());
      this.#room = bigger;
    }
    this.#room.set(more, this.#size);
    this.#size += more.length;
  }

  view(): Uint8Array {
    return this.#room.subarray(0, this.#size);
  }
}

/** The daemon's ends of the FIFOs, and what came out of them. */
export class Daemon {
  readonly #pump: Pump;
  readonly #timeline: Timeline;
  readonly #readers = new Map<string, Reader>();
  readonly #outputs = new Map<string, Bytes>();
  readonly #eofs = new Map<string, number>();
  readonly #writers = new Set<StdinWriter>();
  #control: number | undefined;

  constructor(pump: Pump, timeline: Timeline) {
    this.#pump = pump;
    this.#timeline = timeline;
  }

  /** Opens `path` for reading; what comes is added to the output `name`. */
  attach(name: string, path: string): void {
    const fd = open(path, READING);
    const output = this.#outputs.get(name) ?? new Bytes();
    this.#outputs.set(name, output);
    this.#eofs.delete(name);
    const reader = new Reader(fd, (bytes) => {
      if (!this.#timeline.find("first", name)) {
        this.#timeline.note("first", name);
      }
      output.push(bytes);
    }, () => {
      this.#timeline.note("eof", name);
      this.#eofs.set(name, this.#timeline.events.at(-1)!.t);
    });
    this.#readers.set(name, reader);
    this.#pump.add(reader);
  }

  /** Closes the reading end, as a daemon does that goes away. */
  detach(name: string): void {
    const reader = this.#readers.get(name);
    if (!reader) return;
    this.#readers.delete(name);
    this.#pump.remove(reader);
    close(reader.fd);
  }

  /** Leaves the reading end open and reads no more. */
  pause(name: string): void {
    this.#watch(name, 0);
  }

  resume(name: string): void {
    this.#watch(name, POLL.IN);
  }

  #watch(name: string, events: number): void {
    const reader = this.#readers.get(name);
    if (!reader) throw new Error(`There is no reader of "${name}"`);
    reader.events = events;
    this.#pump.changed();
  }

  /** The descriptor of a reader, for a test that reads by itself. */
  readerFd(name: string): number {
    const reader = this.#readers.get(name);
    if (!reader) throw new Error(`There is no reader of "${name}"`);
    return reader.fd;
  }

  /** The outputs that somebody has listened to. */
  names(): string[] {
    return [...this.#outputs.keys()];
  }

  /** The readers that are attached and have not met the end. */
  listening(): string[] {
    return [...this.#readers.keys()].filter((name) => !this.#eofs.has(name));
  }

  output(name: string): Uint8Array {
    return this.#outputs.get(name)?.view() ?? new Uint8Array(0);
  }

  /** When the reader met the end of the output. */
  eof(name: string): number | undefined {
    return this.#eofs.get(name);
  }

  /** Holds the control FIFO in both directions, as containerd does. */
  openControl(path: string): void {
    this.#control = open(path, O.RDWR | O.NONBLOCK);
  }

  closeControl(): void {
    if (this.#control !== undefined) close(this.#control);
    this.#control = undefined;
  }

  control(data: string | Uint8Array): void {
    const bytes = toBytes(data);
    const n = write(this.#controlFd(), bytes);
    if (n !== bytes.length) {
      throw new Error(`The control FIFO took ${n} of ${bytes.length} bytes`);
    }
  }

  controlPending(): number {
    return bytesWaiting(this.#controlFd());
  }

  #controlFd(): number {
    if (this.#control === undefined) throw new Error("control is not open");
    return this.#control;
  }

  /** Takes over a descriptor of the stdin FIFO. */
  writer(fd: number): StdinWriter {
    const writer = new StdinWriter(fd, this.#pump);
    this.#writers.add(writer);
    return writer;
  }

  /** Closes everything. */
  close(): void {
    for (const name of [...this.#readers.keys()]) this.detach(name);
    for (const writer of this.#writers) writer.close();
    this.closeControl();
  }
}

/** How a write came out. */
export interface WriteResult {
  written: number;
  /** `blocked`: the FIFO stayed full until the time was over. */
  outcome: "all" | "blocked" | "EPIPE";
}

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

  /** Writes everything, waiting whenever the FIFO is full. */
  async write(
    data: string | Uint8Array,
    { withinMs = 60_000 }: { withinMs?: number } = {},
  ): Promise<WriteResult> {
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
