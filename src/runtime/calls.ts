import { POLLIN } from "../../ffi/constants.ts";
import { type Fd, pipe, setNonblocking } from "../../ffi/fd.ts";
import {
  type Directory,
  type Ending,
  inDirectory,
  killProcess,
  spawn,
} from "../../ffi/process.ts";
import { read } from "../../ffi/transfer.ts";
import type { EventLoop, Watch } from "../loop/event_loop.ts";
import { findExecutable } from "./executable.ts";
import { withParentDeathSignal } from "./parent_death.ts";
import type { Reaper } from "../processes/reaper.ts";

/** fds 0, 1 and 2 of a runtime call. */
export type CallStdio = readonly [Fd, Fd, Fd];

/** How a call ended, and what it printed if nobody else was listening. */
export interface CallResult {
  /** Undefined when it was killed because it took too long. */
  ending: Ending | undefined;
  output: string;
}

/** What of a call's output is kept for messages, in bytes. */
const OUTPUT_KEPT = 4096;

/** The OCI runtime, as a program that is called. */
export class Runtime {
  #called = false;

  /**
   * @param command as the daemon gave it: a path, or a name to look for
   * @param home the state directory, where calls run unless told otherwise
   * @param nothing /dev/null
   * @param signalMask the signals that calls start with blocked
   */
  constructor(
    private readonly command: string,
    private readonly loop: EventLoop,
    private readonly reaper: Reaper,
    private readonly home: Directory,
    private readonly nothing: Fd,
    private readonly signalMask: Uint8Array<ArrayBuffer>,
  ) {}

  /** Whether a call was tried, successful or not. */
  get called(): boolean {
    return this.#called;
  }

  /**
   * Calls the runtime with the given fds and waits for it to end, however
   * long that takes: a create may pull hooks of any length.
   *
   * @param bundle the directory to run in; "" is the state directory
   * @param started called when it runs, before anything is waited for
   * @throws {Error} when it cannot be started
   */
  call(
    args: readonly string[],
    bundle: string,
    stdio: CallStdio,
    started: () => void,
  ): Ending {
    const pid = this.#start(args, bundle, stdio);
    started();
    this.loop.runUntil(() => this.reaper.hasReaped(pid));
    return this.reaper.endingOf(pid)!;
  }

  /**
   * The same with stdin from /dev/null, and output that goes to the caller.
   * Only the end of the call is waited for, not that of processes that it
   * leaves behind with its output.
   *
   * @param limit in milliseconds; a call that takes longer is killed
   * @throws {Error} when it cannot be started
   */
  callForOutput(
    args: readonly string[],
    bundle: string,
    limit = Infinity,
  ): CallResult {
    using output = new OutputCollector(this.loop);
    const sink = output.writeEnd ?? this.nothing;
    const pid = this.#start(args, bundle, [this.nothing, sink, sink]);
    output.writeEnd?.close();
    const ended = () => this.reaper.hasReaped(pid);
    const inTime = this.loop.runUntil(ended, performance.now() + limit);
    if (!inTime) {
      killProcess(pid);
      this.loop.runUntil(ended);
    }
    return {
      ending: inTime ? this.reaper.endingOf(pid) : undefined,
      output: output.finish(),
    };
  }

  #start(args: readonly string[], bundle: string, stdio: CallStdio): number {
    this.#called = true;
    const start = () => {
      const executable = findExecutable(this.command);
      const { path, argv } = withParentDeathSignal(executable, [
        this.command,
        ...args,
      ]);
      const pid = spawn({ path, argv, stdio, signalMask: this.signalMask });
      this.reaper.expect(pid);
      return pid;
    };
    return bundle === ""
      ? start()
      : inDirectory(bundle, `bundle "${bundle}"`, this.home, start);
  }
}

/**
 * A pipe that is read all the time, and remembers how it began. Without
 * descriptors for it (EMFILE) there is none, and the call goes on without.
 */
class OutputCollector implements Disposable {
  readonly writeEnd: Fd | undefined;
  readonly #readEnd: Fd | undefined;
  readonly #watch: Watch | undefined;
  readonly #kept = new Uint8Array(OUTPUT_KEPT);
  readonly #chunk = new Uint8Array(OUTPUT_KEPT);
  #length = 0;

  constructor(private readonly loop: EventLoop) {
    try {
      const ends = pipe("runtime output");
      this.writeEnd = ends.writeEnd;
      this.#readEnd = ends.readEnd;
      setNonblocking(ends.readEnd);
      this.#watch = loop.watch(ends.readEnd, POLLIN, () => this.#read());
    } catch {
      this[Symbol.dispose]();
      this.writeEnd = undefined;
    }
  }

  /**
   * All that an ended call has printed, as far as it is kept. Processes that
   * it left behind may go on printing.
   */
  finish(): string {
    while (this.#length < OUTPUT_KEPT && this.#read());
    return new TextDecoder().decode(this.#kept.subarray(0, this.#length));
  }

  /** @returns whether there was something */
  #read(): boolean {
    if (this.#readEnd === undefined) return false;
    const count = read(this.#readEnd, this.#chunk);
    if (count === 0) this.#watch!.events = 0;
    if (count <= 0) return false;
    const room = OUTPUT_KEPT - this.#length;
    const part = this.#chunk.subarray(0, Math.min(count, room));
    this.#kept.set(part, this.#length);
    this.#length += part.length;
    return true;
  }

  [Symbol.dispose](): void {
    if (this.#watch !== undefined) this.loop.unwatch(this.#watch);
    this.#readEnd?.close();
    this.writeEnd?.close();
  }
}
