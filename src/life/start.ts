import { realtimeNanoseconds } from "../../ffi/clock.ts";
import { describeEnding, type Ending } from "../../ffi/process.ts";
import { openPty, ownSlave } from "../../ffi/pty.ts";
import type { CheckpointConfig } from "../daemon/checkpoint.ts";
import { ConsoleSocket } from "../streams/console_socket.ts";
import type { EventLoop } from "../loop/event_loop.ts";
import type { PipedStdio } from "../streams/pipes.ts";
import type { CallResult, Runtime } from "../runtime/calls.ts";
import {
  type CallContext,
  type ConsoleFlag,
  createArgs,
  execArgs,
  restoreArgs,
  restoreStamp,
} from "../runtime/argv.ts";
import { cutRuntimeLog, readRuntimeLog } from "../daemon/state_dir.ts";
import type { Stdio } from "../streams/stdio.ts";
import type { TerminalStdio } from "../streams/terminal.ts";

/** The runtime was called and said no: its own log tells the daemon why. */
export class RuntimeFailure extends Error {
  override name = "RuntimeFailure";
}

/** How long the console may take once the runtime has ended, in ms. */
const CONSOLE_LIMIT = 15_000;

/** What is needed to call the runtime for a container process. */
export interface Start {
  runtime: Runtime;
  loop: EventLoop;
  context: CallContext;
  checkpoint: CheckpointConfig | undefined;
  warn: (message: string) => void;
}

/**
 * Calls the runtime's create, exec or restore.
 *
 * @throws {RuntimeFailure} when the runtime ends with anything but success
 * @throws {Error} when it cannot be started or hands over no console
 */
export function startContainer(start: Start, stdio: Stdio): void {
  if (stdio.kind === "pipes") return startWithPipes(start, stdio);
  if (start.checkpoint !== undefined && !start.context.state.exec) {
    start.warn(
      "A restored container gets no terminal: the restore of process.json's " +
        '"checkpoint" has no console to hand over',
    );
    return startDetached(start);
  }
  return startWithTerminal(start, stdio);
}

function startWithPipes(start: Start, stdio: PipedStdio): void {
  const [stdin, stdout, stderr] = stdio.runtimeEnds;
  const ending = start.runtime.call(
    argumentsFor(start, { kind: "none" }),
    start.context.bundle,
    [stdin, stdout, stderr],
    () => stdio.runtimeStarted(),
  );
  expectSuccess(start, { ending, output: "" });
}

function startDetached(start: Start): void {
  expectSuccess(start, call(start, { kind: "none" }));
}

/**
 * The two ways of giving a container its terminal. `socket`: the runtime
 * makes the pty and hands over the master (runc since 1.0.0-rc3). `path`: the
 * shim makes it and passes the slave's name (the runc of Docker 1.11–17.05).
 */
type ConsoleStyle = "socket" | "path";

/**
 * Which style to try first. Nothing asks the runtime: the modern style is
 * tried, and a runtime that does not know the flag refuses it before it does
 * anything. The daemon gives a hint, which spares an old runtime that call:
 * capabilities were a list until the very release that brought the socket.
 */
function stylesToTry(start: Start): ConsoleStyle[] {
  return start.context.state.capabilities === "array"
    ? ["path", "socket"]
    : ["socket", "path"];
}

function startWithTerminal(start: Start, stdio: TerminalStdio): void {
  const [first, second] = stylesToTry(start);
  const logged = readRuntimeLog().length;
  let result = attemptWithTerminal(start, stdio, first);
  if (!succeeded(result.ending)) {
    const said = readRuntimeLog().subarray(logged);
    if (refusesFlag(first, result.output + new TextDecoder().decode(said))) {
      // The daemon shows the first error in there: it must not be this one.
      if (said.length > 0) cutRuntimeLog(logged);
      result = attemptWithTerminal(start, stdio, second);
    }
  }
  expectSuccess(start, result);
}

function attemptWithTerminal(
  start: Start,
  stdio: TerminalStdio,
  style: ConsoleStyle,
): CallResult {
  return style === "socket"
    ? attemptWithSocket(start, stdio)
    : attemptWithPath(start, stdio);
}

function attemptWithSocket(start: Start, stdio: TerminalStdio): CallResult {
  const { loop } = start;
  using socket = new ConsoleSocket(loop, (master) => stdio.attach(master));
  const result = call(start, { kind: "socket", path: socket.path });
  if (!succeeded(result.ending)) return result;
  const inTime = loop.runUntil(
    () => socket.outcome !== undefined,
    performance.now() + CONSOLE_LIMIT,
  );
  if (!inTime) {
    throw new Error(
      "The runtime succeeded but handed over no terminal: nothing came to " +
        `the console socket within ${CONSOLE_LIMIT / 1000} s`,
    );
  }
  if (socket.outcome?.kind === "failed") {
    throw new Error(socket.outcome.message);
  }
  return result;
}

function attemptWithPath(start: Start, stdio: TerminalStdio): CallResult {
  const { rootUid, rootGid } = start.context.state;
  const { master, slavePath } = openPty();
  try {
    ownSlave(slavePath, rootUid, rootGid);
    const result = call(start, { kind: "path", path: slavePath });
    if (succeeded(result.ending)) stdio.attach(master);
    else master.close();
    return result;
  } catch (error) {
    master.close();
    throw error;
  }
}

function call(start: Start, flag: ConsoleFlag): CallResult {
  return start.runtime.callForOutput(
    argumentsFor(start, flag),
    start.context.bundle,
  );
}

function argumentsFor(start: Start, flag: ConsoleFlag): string[] {
  const { context, checkpoint } = start;
  if (context.state.exec) return execArgs(context, flag);
  if (checkpoint === undefined) return createArgs(context, flag);
  const offset = -new Date().getTimezoneOffset();
  const stamp = restoreStamp(realtimeNanoseconds(), offset);
  return restoreArgs(context, checkpoint, stamp);
}

function succeeded(ending: Ending | undefined): boolean {
  return ending?.kind === "exited" && ending.code === 0;
}

/** @throws {RuntimeFailure} */
function expectSuccess(start: Start, result: CallResult): void {
  const { ending, output } = result;
  if (succeeded(ending)) return;
  const { exec, checkpoint } = start.context.state;
  const action = exec ? "exec" : checkpoint === "" ? "create" : "restore";
  const said = output.trim();
  throw new RuntimeFailure(
    `The runtime's ${action} ` +
      (ending === undefined ? "took too long" : describeEnding(ending)) +
      (said === "" ? "" : `: ${said}`),
  );
}

/**
 * Whether the runtime ended because it does not know the flag of a style, in
 * the words of the usual flag parsers: `flag provided but not defined:
 * -console-socket`, `unrecognized option '--console'`.
 */
function refusesFlag(style: ConsoleStyle, said: string): boolean {
  const flag = style === "socket" ? "console-socket" : "console";
  return new RegExp(
    "(not defined|unknown flag|(unknown|unrecognized|invalid) option)" +
      `:?( --)? ['"]?--?${flag}(?![-\\w])`,
    "i",
  ).test(said);
}
