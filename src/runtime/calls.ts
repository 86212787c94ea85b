import { spawn } from "../../ffi/child.ts";
import type { Fd } from "../../ffi/fd.ts";
import { type Ending, killProcess } from "../../ffi/process.ts";
import type { EventLoop } from "../loop/event_loop.ts";
import { Allowance, LIMITS } from "../loop/limits.ts";
import type { Child, Reaper } from "../processes/reaper.ts";
import { findExecutable } from "./executable.ts";
import { OutputCollector } from "./output_collector.ts";

/** fds 0, 1 and 2 of a runtime call. */
export type CallStdio = readonly [Fd, Fd, Fd];

/** How a call ended, and what it printed if nobody else was listening. */
export interface CallResult {
  pid: number;
  /** Undefined when it was killed because it took too long. */
  ending: Ending | undefined;
  /** It was killed, and lives on all the same: it hangs in a system call. */
  undead: boolean;
  output: string;
}

/** The OCI runtime, as a program that is called. */
export class Runtime {
  #called = false;

  /**
   * @param command as the daemon gave it: a path, or a name to look for
   * @param nothing is at its end when it is read
   */
  constructor(
    private readonly command: string,
    private readonly loop: EventLoop,
    private readonly reaper: Reaper,
    private readonly nothing: Fd,
  ) {}

  /** Whether a call was tried, successful or not. */
  get called(): boolean {
    return this.#called;
  }

  /**
   * Calls the runtime with the given fds and waits for it to end, however
   * long that takes: a create may run hooks of any length.
   *
   * @param bundle the directory to run in; "" is the state directory
   * @throws {Error} when it cannot be started
   */
  call(
    args: readonly string[],
    bundle: string,
    stdio: CallStdio,
  ): CallResult {
    const child = this.#start(args, bundle, stdio);
    this.loop.runUntil(() => child.ending !== undefined);
    return { pid: child.pid, ending: child.ending, undead: false, output: "" };
  }

  /**
   * The same with stdin from /dev/null, and output that goes to the caller.
   * Only the end of the call is waited for, not that of processes that it
   * leaves behind with its output.
   *
   * @param limit in milliseconds; a call that takes longer is killed, and
   *   nobody waits for it for ever
   * @throws {Error} when it cannot be started
   */
  callForOutput(
    args: readonly string[],
    bundle: string,
    limit = Infinity,
  ): CallResult {
    using output = new OutputCollector(this.loop);
    const sink = output.writeEnd ?? this.nothing;
    const child = this.#start(args, bundle, [this.nothing, sink, sink]);
    output.writeEnd?.close();
    const ended = () => child.ending !== undefined;
    const inTime = this.loop.runUntil(ended, new Allowance(limit));
    if (!inTime) {
      killProcess(child.pid);
      this.loop.runUntil(ended, new Allowance(LIMITS.killedCall));
    }
    return {
      pid: child.pid,
      ending: inTime ? child.ending : undefined,
      undead: !ended(),
      output: output.finish(),
    };
  }

  #start(args: readonly string[], bundle: string, stdio: CallStdio): Child {
    this.#called = true;
    const path = findExecutable(this.command);
    const argv = [this.command, ...args];
    return this.reaper.expect(spawn({ path, argv, stdio, directory: bundle }));
  }
}
