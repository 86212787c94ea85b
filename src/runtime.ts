import { O_RDONLY, POLLIN } from "../ffi/constants.ts";
import { type Fd, open, pipe, setNonblocking } from "../ffi/fd.ts";
import {
  type Ending,
  inDirectory,
  killProcess,
  spawn,
} from "../ffi/process.ts";
import { read } from "../ffi/transfer.ts";
import type { EventLoop } from "./event_loop.ts";
import { findExecutable } from "./executable.ts";
import { withParentDeathSignal } from "./parent_death.ts";
import type { Reaper } from "./reaper.ts";

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
   * @param signalMask the signals that calls start with blocked
   */
  constructor(
    private readonly command: string,
    private readonly loop: EventLoop,
    private readonly reaper: Reaper,
    private readonly home: Fd,
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
    using owned = new DisposableStack();
    const nothing = owned.use(open("/dev/null", O_RDONLY, '"/dev/null"'));
    const { readEnd, writeEnd } = pipe("runtime output");
    owned.use(readEnd);
    owned.use(writeEnd);
    setNonblocking(readEnd);
    const output = new OutputCollector(readEnd);
    const watch = this.loop.watch(readEnd, POLLIN, () => {
      if (output.read() === "ended") watch.events = 0;
    });
    owned.defer(() => this.loop.unwatch(watch));

    const pid = this.#start(args, bundle, [nothing, writeEnd, writeEnd]);
    writeEnd.close();
    const ended = () => this.reaper.hasReaped(pid);
    const inTime = this.loop.runUntil(ended, performance.now() + limit);
    if (!inTime) {
      killProcess(pid);
      this.loop.runUntil(ended);
    }
    output.readRest();
    return {
      ending: inTime ? this.reaper.endingOf(pid) : undefined,
      output: output.text,
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

/** Reads a pipe to its end and remembers how it began. */
class OutputCollector {
  readonly #buffer = new Uint8Array(OUTPUT_KEPT);
  readonly #chunk = new Uint8Array(OUTPUT_KEPT);
  #kept = 0;

  constructor(private readonly fd: Fd) {}

  read(): "more" | "later" | "ended" {
    const count = read(this.fd, this.#chunk);
    if (count < 0) return "later";
    if (count === 0) return "ended";
    const part = this.#chunk.subarray(0, Math.min(count, this.#left));
    this.#buffer.set(part, this.#kept);
    this.#kept += part.length;
    return "more";
  }

  /**
   * Reads on to see all that an ended call has printed, but not for ever:
   * processes that it left behind may go on printing.
   */
  readRest(): void {
    while (this.#left > 0 && this.read() === "more");
  }

  get #left(): number {
    return OUTPUT_KEPT - this.#kept;
  }

  get text(): string {
    return new TextDecoder().decode(this.#buffer.subarray(0, this.#kept));
  }
}
