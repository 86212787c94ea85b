import { Buffer } from "node:buffer";
import { DaemonEnds, openForWriting } from "./daemon_ends.ts";
import { lstatOrNone } from "./look.ts";
import { toBytes } from "./pairs.ts";
import { close, write } from "./posix.ts";
import type { SetupOptions } from "./setup.ts";
import { StateWatch } from "./state_watch.ts";
import type { StdinWriter } from "./stdin_writer.ts";
import type { Timeline } from "./timeline.ts";

/** A wait that ends by an error takes this long at most. */
export const GENEROUS_MS = 30_000;

/** Plays the daemon around a scene: makes its files and waits for things. */
export abstract class DaemonSide extends DaemonEnds {
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
    const { buffer, byteOffset, length } = this.output(stream);
    // Buffer has the search that Uint8Array lacks.
    const all = Buffer.from(buffer, byteOffset, length);
    return all.indexOf(toBytes(data)) >= 0;
  }

  async untilEof(stream: string): Promise<void> {
    await this.until(
      () => this.eof(stream) !== undefined,
      `${stream} has ended`,
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
    write(fd!, toBytes(data));
    close(fd!);
  }

  /** Opens stdin for writing as soon as the shim has it open for reading. */
  async openStdin(): Promise<StdinWriter> {
    let writer: StdinWriter | undefined;
    await this.until(() => {
      writer = this.tryOpenStdin();
      return writer !== undefined;
    }, "the shim has opened stdin");
    return writer!;
  }

  // ---- what was seen -------------------------------------------------------

  /** Everything that was seen, in the order in which it was seen. */
  get events(): Timeline["events"] {
    return this.timeline.events;
  }

  /** When something was first seen, in milliseconds after the start. */
  when(
    what: Timeline["events"][number]["what"],
    name?: string,
  ): number | undefined {
    const started = this.timeline.find("started")?.t ?? NaN;
    const event = this.timeline.find(what, name);
    return event && event.t - started;
  }

  protected override async leave(): Promise<void> {
    await super.leave();
    this.#watch?.close();
  }
}
