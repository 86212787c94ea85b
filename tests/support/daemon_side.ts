import { Buffer } from "node:buffer";
import { Daemon, type StdinWriter } from "./daemon.ts";
import { lstatOrNone, openForWriting, statOrNone } from "./look.ts";
import { readable } from "./normalise.ts";
import { toBytes } from "./pairs.ts";
import * as posix from "./posix.ts";
import { Pump, READING } from "./pump.ts";
import { Scene } from "./scene.ts";
import type { IoFifo, SetupOptions, StateFifo } from "./setup.ts";
import { StateWatch } from "./state_watch.ts";
import { Timeline } from "./timeline.ts";

/** A wait that ends by an error takes this long at most. */
export const GENEROUS_MS = 30_000;

/** Plays the daemon around a scene: holds its ends and waits for things. */
export abstract class DaemonSide extends Scene {
  protected readonly timeline = new Timeline();
  protected readonly pump = new Pump();
  protected readonly daemon = new Daemon(this.pump, this.timeline);
  #watch: StateWatch | undefined;

  /** What is told when something was waited for in vain. */
  abstract facts(): unknown;

  /** Makes the state directory as a daemon does, and the runtime beside it. */
  setup(options: SetupOptions = {}): void {
    this.furnish(options);
    this.openReaders(
      options.readers ?? ["exit", "control", "stdout", "stderr"],
    );
    this.#watch = new StateWatch(this.state, this.timeline);
    this.pump.add(this.#watch);
  }

  /** Opens those of the daemon's ends that exist and are FIFOs. */
  openReaders(names: readonly (StateFifo | "stdout" | "stderr")[]): void {
    for (const name of names) {
      const path = this.#pathOf(name);
      const st = statOrNone(path);
      if (name === "control" && st && !st.isDirectory) {
        this.daemon.openControl(path);
      } else if (st?.isFifo && name !== "control") {
        this.daemon.attach(name, path);
      }
    }
  }

  #pathOf(name: string): string {
    return name === "exit" || name === "control"
      ? `${this.state}/${name}`
      : `${this.io}/${name}`;
  }

  // ---- waiting -------------------------------------------------------------

  /** Waits for a condition. Throws what was waited for and what is known. */
  async until(
    condition: () => boolean,
    what: string,
    withinMs = GENEROUS_MS,
  ): Promise<void> {
    if (await this.waitUpTo(withinMs, condition)) return;
    const facts = JSON.stringify(this.facts(), null, 1);
    throw new Error(`Waited ${withinMs} ms in vain until ${what}; ${facts}`);
  }

  /** Waits for a condition; false when it has not come about by then. */
  async waitUpTo(ms: number, condition: () => boolean): Promise<boolean> {
    const end = performance.now() + ms;
    for (;;) {
      if (condition()) return true;
      const left = end - performance.now();
      if (left <= 0) return false;
      await this.pump.activity(Math.min(left, 10));
      this.pump.flush();
    }
  }

  /** Lets time pass while things are observed. */
  async observe(ms: number): Promise<void> {
    await this.waitUpTo(ms, () => false);
  }

  /** Until a file of the state directory is there and not empty. */
  async untilFile(name: string, withinMs = GENEROUS_MS): Promise<void> {
    await this.until(
      () => (lstatOrNone(`${this.state}/${name}`)?.size ?? 0) > 0,
      `"${name}" is written`,
      withinMs,
    );
  }

  async untilOutput(
    data: string | Uint8Array,
    stream = "stdout",
    withinMs = GENEROUS_MS,
  ): Promise<void> {
    await this.until(
      () => this.hasOutput(data, stream),
      `${stream} has ${JSON.stringify(data)}`,
      withinMs,
    );
  }

  hasOutput(data: string | Uint8Array, stream = "stdout"): boolean {
    return indexOf(this.output(stream), toBytes(data)) >= 0;
  }

  async untilEof(stream: string, withinMs = GENEROUS_MS): Promise<void> {
    await this.until(
      () => this.eof(stream) !== undefined,
      `${stream} has ended`,
      withinMs,
    );
  }

  /** Lets the init go on that waits, or will wait, at the gate. */
  async gate(data = "\n"): Promise<void> {
    await this.feedFifo(this.gatePath, data);
  }

  /** Writes a little to a FIFO as soon as somebody has it open for reading. */
  async feedFifo(path: string, data: string | Uint8Array): Promise<void> {
    let fd: number | undefined;
    await this.until(() => {
      fd = openForWriting(path);
      return fd !== undefined;
    }, `somebody reads "${path}"`);
    posix.write(fd!, toBytes(data));
    posix.close(fd!);
  }

  /** Bytes that wait unread in a FIFO: "stdin", "stdout" or "stderr". */
  waitingIn(name: IoFifo): number {
    const fd = posix.open(this.#pathOf(name), READING);
    const bytes = posix.bytesWaiting(fd);
    posix.close(fd);
    return bytes;
  }

  // ---- the daemon's ends ---------------------------------------------------

  /** Opens a FIFO for reading: "exit", "stdout", "stderr", or any by path. */
  attachReader(name: string, path = this.#pathOf(name)): void {
    this.daemon.attach(name, path);
  }

  closeReader(name: string): void {
    this.daemon.detach(name);
  }

  pauseReader(name: string): void {
    this.daemon.pause(name);
  }

  resumeReader(name: string): void {
    this.daemon.resume(name);
  }

  /** A paused reader's descriptor, for a test that reads by itself. */
  readerFd(name: string): number {
    return this.daemon.readerFd(name);
  }

  openControl(): void {
    this.daemon.openControl(`${this.state}/control`);
  }

  closeControl(): void {
    this.daemon.closeControl();
  }

  /** Writes to the control FIFO. */
  control(data: string | Uint8Array): void {
    this.daemon.control(data);
  }

  /** Bytes that nobody has read from the control FIFO yet. */
  controlPending(): number {
    return this.daemon.controlPending();
  }

  /** Opens stdin for writing as soon as the shim has it open for reading. */
  async openStdin(withinMs = GENEROUS_MS): Promise<StdinWriter> {
    let fd: number | undefined;
    await this.until(
      () => {
        fd = openForWriting(`${this.io}/stdin`);
        return fd !== undefined;
      },
      "the shim has opened stdin",
      withinMs,
    );
    return this.daemon.writer(fd!);
  }

  /** Opens stdin for writing if it has a reader now. */
  tryOpenStdin(): StdinWriter | undefined {
    const fd = openForWriting(`${this.io}/stdin`);
    return fd === undefined ? undefined : this.daemon.writer(fd);
  }

  /** Puts bytes into the stdin FIFO before there is a shim. */
  prefillStdin(data: string | Uint8Array): StdinWriter {
    const { RDWR, NONBLOCK } = posix.O;
    const fd = posix.open(`${this.io}/stdin`, RDWR | NONBLOCK);
    const writer = this.daemon.writer(fd);
    writer.tryWrite(data);
    return writer;
  }

  // ---- what was seen -------------------------------------------------------

  /** What came out of "exit", "stdout", "stderr", "shim_stdout" or "shim_stderr". */
  output(name = "stdout"): Uint8Array {
    return this.daemon.output(name);
  }

  text(name = "stdout"): string {
    return readable(this.output(name));
  }

  /** When an output met its end, in milliseconds of CLOCK_MONOTONIC. */
  eof(name: string): number | undefined {
    return this.daemon.eof(name);
  }

  /** When the shim was started, in milliseconds of CLOCK_MONOTONIC. */
  get t0(): number {
    return this.timeline.find("started")?.t ?? NaN;
  }

  /** Everything that was seen, in the order in which it was seen. */
  get events(): Timeline["events"] {
    return this.timeline.events;
  }

  /** When something was first seen, in milliseconds after the start. */
  when(
    what: Timeline["events"][number]["what"],
    name?: string,
  ): number | undefined {
    const event = this.timeline.find(what, name);
    return event && event.t - this.t0;
  }

  /** Closes everything. */
  protected async leave(): Promise<void> {
    this.daemon.close();
    if (this.#watch) {
      this.pump.remove(this.#watch);
      this.#watch.close();
    }
    await this.pump.close();
  }
}

function indexOf(all: Uint8Array, part: Uint8Array): number {
  // Buffer has the search that Uint8Array lacks.
  return Buffer.from(all.buffer, all.byteOffset, all.length).indexOf(part);
}
