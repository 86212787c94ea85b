import { statOrNone } from "./look.ts";
import { readable } from "./normalise.ts";
import { toBytes } from "./pairs.ts";
import * as posix from "./posix.ts";
import { Pump, Reader, READING } from "./pump.ts";
import { Scene } from "./scene.ts";
import type { IoFifo, StateFifo } from "./setup.ts";
import { StdinWriter } from "./stdin_writer.ts";
import { Timeline } from "./timeline.ts";

const { NONBLOCK, RDWR, WRONLY } = posix.O;

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

/** The daemon's ends of a scene's FIFOs, and what came out of them. */
export abstract class DaemonEnds extends Scene {
  protected readonly timeline = new Timeline();
  protected readonly pump = new Pump();
  readonly #readers = new Map<string, Reader>();
  readonly #outputs = new Map<string, Bytes>();
  readonly #eofs = new Map<string, number>();
  readonly #writers = new Set<StdinWriter>();
  #control: number | undefined;

  /** Opens those of the daemon's ends that exist and are FIFOs. */
  openReaders(names: readonly (StateFifo | "stdout" | "stderr")[]): void {
    for (const name of names) {
      const st = statOrNone(this.#pathOf(name));
      if (name === "control" && st && !st.isDirectory) this.openControl();
      else if (st?.isFifo && name !== "control") this.attachReader(name);
    }
  }

  #pathOf(name: string): string {
    return name === "exit" || name === "control"
      ? `${this.state}/${name}`
      : `${this.io}/${name}`;
  }

  // ---- outputs -------------------------------------------------------------

  /**
   * Opens a FIFO for reading: "exit", "stdout", "stderr", or any by path. What
   * comes is added to the output of that name.
   */
  attachReader(name: string, path = this.#pathOf(name)): void {
    const fd = posix.open(path, READING);
    const output = this.#outputs.get(name) ?? new Bytes();
    this.#outputs.set(name, output);
    this.#eofs.delete(name);
    const reader = new Reader(fd, (bytes) => {
      if (!this.timeline.find("first", name)) this.timeline.note("first", name);
      output.push(bytes);
    }, () => this.#eofs.set(name, this.timeline.note("eof", name)));
    this.#readers.set(name, reader);
    this.pump.add(reader);
  }

  /** Closes the reading end, as a daemon does that goes away. */
  closeReader(name: string): void {
    const reader = this.#readers.get(name);
    if (!reader) return;
    this.#readers.delete(name);
    this.pump.remove(reader);
    posix.close(reader.fd);
  }

  /** Leaves the reading end open and reads no more. */
  pauseReader(name: string): void {
    this.#reader(name).events = 0;
    this.pump.changed();
  }

  resumeReader(name: string): void {
    this.#reader(name).events = posix.POLL.IN;
    this.pump.changed();
  }

  /** A paused reader's descriptor, for a test that reads by itself. */
  readerFd(name: string): number {
    return this.#reader(name).fd;
  }

  #reader(name: string): Reader {
    const reader = this.#readers.get(name);
    if (!reader) throw new Error(`There is no reader of "${name}"`);
    return reader;
  }

  /** Whether somebody has listened to an output. */
  protected wasRead(name: string): boolean {
    return this.#outputs.has(name);
  }

  /** The readers that are attached and have not met the end. */
  protected listening(): string[] {
    return [...this.#readers.keys()].filter((name) => !this.#eofs.has(name));
  }

  /** What came out of "exit", "stdout", "stderr", "shim_stdout" or "shim_stderr". */
  output(name = "stdout"): Uint8Array {
    return this.#outputs.get(name)?.view() ?? new Uint8Array(0);
  }

  text(name = "stdout"): string {
    return readable(this.output(name));
  }

  /** When an output met its end, in milliseconds of CLOCK_MONOTONIC. */
  eof(name: string): number | undefined {
    return this.#eofs.get(name);
  }

  /** Bytes that wait unread in a FIFO: "stdin", "stdout" or "stderr". */
  waitingIn(name: IoFifo): number {
    const fd = posix.open(this.#pathOf(name), READING);
    const bytes = posix.bytesWaiting(fd);
    posix.close(fd);
    return bytes;
  }

  // ---- control -------------------------------------------------------------

  /** Holds the control FIFO in both directions, as containerd does. */
  openControl(): void {
    this.#control = posix.open(this.#pathOf("control"), RDWR | NONBLOCK);
  }

  closeControl(): void {
    if (this.#control !== undefined) posix.close(this.#control);
    this.#control = undefined;
  }

  /** Writes to the control FIFO. */
  control(data: string | Uint8Array): void {
    const bytes = toBytes(data);
    const n = posix.write(this.#controlFd(), bytes);
    if (n !== bytes.length) {
      throw new Error(`The control FIFO took ${n} of ${bytes.length} bytes`);
    }
  }

  /** Bytes that nobody has read from the control FIFO yet. */
  controlPending(): number {
    return posix.bytesWaiting(this.#controlFd());
  }

  #controlFd(): number {
    if (this.#control === undefined) throw new Error("control is not open");
    return this.#control;
  }

  // ---- stdin ---------------------------------------------------------------

  /** Opens stdin for writing if it has a reader now. */
  tryOpenStdin(): StdinWriter | undefined {
    const fd = openForWriting(this.#pathOf("stdin"));
    return fd === undefined ? undefined : this.#writer(fd);
  }

  /** Puts bytes into the stdin FIFO before there is a shim. */
  prefillStdin(data: string | Uint8Array): StdinWriter {
    const fd = posix.open(this.#pathOf("stdin"), RDWR | NONBLOCK);
    const writer = this.#writer(fd);
    writer.tryWrite(data);
    return writer;
  }

  #writer(fd: number): StdinWriter {
    const writer = new StdinWriter(fd, this.pump);
    this.#writers.add(writer);
    return writer;
  }

  /** Closes everything. */
  protected async leave(): Promise<void> {
    for (const name of [...this.#readers.keys()]) this.closeReader(name);
    for (const writer of this.#writers) writer.close();
    this.closeControl();
    await this.pump.close();
  }
}

/** Opens a FIFO for writing; undefined while nobody has it open for reading. */
export function openForWriting(path: string): number | undefined {
  try {
    return posix.open(path, WRONLY | NONBLOCK);
  } catch (error) {
    if ((error as posix.PosixError).code === "ENXIO") return undefined;
    throw error;
  }
}
