import { setTimeout as pause } from "node:timers/promises";
import { close, O, open, POLL, write } from "../support/posix.ts";
import { Pump, Reader, READING, type Source } from "../support/pump.ts";
import type { Job } from "./soak_job.ts";
import { stateOf } from "./soak_job.ts";
import { Pattern, type Place, type StreamName } from "./pattern.ts";

/** How far a job has come, as one daemon leaves it to the next. */
export interface Progress {
  stdin: Place;
  stdout: Place;
  stderr: Place;
  ended: boolean;
  faults: string[];
}

/**
 * The daemon's side of many jobs: reads and compares what they say, tells them
 * their input when they have said everything, and sees them end.
 */
export class SoakDaemon {
  readonly #pump = new Pump();
  readonly #connections = new Map<string, Connection>();
  #holdsInput: boolean;

  /** @param holdsInput keeps all input back until `release`, and so the ends */
  constructor(holdsInput = false) {
    this.#holdsInput = holdsInput;
  }

  /** Lets the containers have their input and end. */
  release(): void {
    this.#holdsInput = false;
    for (const connection of this.#connections.values()) connection.tellInput();
  }

  /** Takes a job on; resolves when its `exit` has hung up. */
  attach(job: Job, progress?: Progress): Promise<Progress> {
    if (progress?.ended) return Promise.resolve(progress);
    return new Promise((resolve) => {
      const connection = new Connection(
        this.#pump,
        job,
        progress,
        () => !this.#holdsInput,
        () => {
          this.#connections.delete(job.id);
          resolve(connection.progress);
        },
      );
      this.#connections.set(job.id, connection);
    });
  }

  /** Where all those are that have not ended. */
  progress(): Map<string, Progress> {
    return new Map(
      [...this.#connections].map(([id, { progress }]) => [id, progress]),
    );
  }

  /** Hangs up one output of a job for a while. */
  async absent(id: string, stream: "stdout" | "stderr", ms: number) {
    this.#connections.get(id)?.hangUp(stream);
    await pause(ms);
    this.#connections.get(id)?.answer(stream);
  }

  async close(): Promise<void> {
    for (const connection of this.#connections.values()) connection.close();
    await this.#pump.close();
  }
}

/** The FIFOs of one job. */
class Connection {
  readonly #pump: Pump;
  readonly #job: Job;
  readonly #patterns: Record<StreamName, Pattern>;
  readonly #readers = new Map<string, Reader>();
  readonly #faults: string[];
  readonly #done: () => void;
  #stdin: Writer | undefined;
  #control: number | undefined;
  #ended = false;

  constructor(
    pump: Pump,
    job: Job,
    before: Progress | undefined,
    private readonly mayHear: () => boolean,
    done: () => void,
  ) {
    this.#pump = pump;
    this.#job = job;
    this.#done = done;
    const pattern = (name: StreamName) =>
      before ? new Pattern(before[name]) : Pattern.of(job.seed, name);
    this.#patterns = {
      stdin: pattern("stdin"),
      stdout: pattern("stdout"),
      stderr: pattern("stderr"),
    };
    this.#faults = [...before?.faults ?? []];
    this.#control = open(`${stateOf(job)}/control`, O.RDWR | O.NONBLOCK);
    this.answer("stdout");
    if (!job.terminal) this.answer("stderr");
    this.#read("exit", `${stateOf(job)}/exit`, () => {
      this.#faults.push("bytes came out of exit");
    });
    this.tellInput();
  }

  get progress(): Progress {
    const { stdin, stdout, stderr } = this.#patterns;
    return {
      stdin: stdin.place,
      stdout: stdout.place,
      stderr: stderr.place,
      ended: this.#ended,
      faults: this.#faults,
    };
  }

  /** Opens an output that is not open. */
  answer(stream: "stdout" | "stderr"): void {
    if (this.#ended || this.#readers.has(stream)) return;
    this.#read(stream, `${this.#job.directory}/${stream}`, (bytes) => {
      const good = this.#patterns[stream].accept(bytes);
      if (good < bytes.length) {
        this.#faults.push(
          `${stream} differs at ${this.#patterns[stream].bytes}`,
        );
      }
      this.tellInput();
    });
  }

  hangUp(stream: "stdout" | "stderr"): void {
    // The end of a job is seen by a reader only.
    if (!this.#ended && !this.#isComplete()) this.#closeReader(stream);
  }

  #read(name: string, path: string, sink: (bytes: Uint8Array) => void): void {
    const reader = new Reader(open(path, READING), sink, () => {
      if (name === "exit") this.#end();
    });
    this.#readers.set(name, reader);
    this.#pump.add(reader);
  }

  #closeReader(name: string): void {
    const reader = this.#readers.get(name);
    if (reader === undefined) return;
    this.#readers.delete(name);
    this.#pump.remove(reader);
    close(reader.fd);
  }

  #isComplete(): boolean {
    const { stdout, stderr } = this.#patterns;
    return stdout.bytes >= this.#job.stdout &&
      (this.#job.terminal || stderr.bytes >= this.#job.stderr);
  }

  /** Once it has said everything: its input, from where the last one stopped. */
  tellInput(): void {
    if (!this.mayHear()) return;
    const { stdin } = this.#patterns;
    if (
      this.#stdin || !this.#isComplete() || stdin.bytes >= this.#job.stdin
    ) return;
    this.#stdin = new Writer(
      this.#pump,
      `${this.#job.directory}/stdin`,
      stdin,
      this.#job.stdin,
    );
  }

  #end(): void {
    // What is left is in the FIFOs, which only this end keeps alive.
    for (const name of ["stdout", "stderr"] as const) {
      const reader = this.#readers.get(name);
      for (let before = -1; reader && before !== this.#patterns[name].bytes;) {
        before = this.#patterns[name].bytes;
        reader.ready(POLL.IN);
      }
      const { bytes } = this.#patterns[name];
      const said = name === "stderr" && this.#job.terminal
        ? 0
        : this.#job[name];
      if (bytes !== said) {
        this.#faults.push(`${name} has ${bytes} of ${said} bytes`);
      }
    }
    this.#ended = true;
    this.close();
    this.#done();
  }

  close(): void {
    for (const name of [...this.#readers.keys()]) this.#closeReader(name);
    this.#stdin?.close();
    if (this.#control !== undefined) close(this.#control);
    this.#control = undefined;
  }
}

/** Writes a part of a pattern to a FIFO as fast as it takes it. */
class Writer implements Source {
  readonly fd: number;
  events: number = POLL.OUT;
  #open = true;

  constructor(
    private readonly pump: Pump,
    path: string,
    private readonly pattern: Pattern,
    private readonly total: number,
  ) {
    // Both directions: the shim may not have opened it yet.
    this.fd = open(path, O.RDWR | O.NONBLOCK);
    pump.add(this);
  }

  ready(): void {
    // A piece of this size is taken whole or not at all (PIPE_BUF).
    const piece = new Uint8Array(
      Math.min(4096, this.total - this.pattern.bytes),
    );
    if (piece.length === 0) return this.close();
    const here = new Pattern(this.pattern.place);
    here.fill(piece);
    if (write(this.fd, piece) === piece.length) this.pattern.fill(piece);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.pump.remove(this);
    close(this.fd);
  }
}
