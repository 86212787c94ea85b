import { openPty, ownSlave } from "../../ffi/pty.ts";
import { RuntimeLogEntry } from "../daemon/runtime_log.ts";
import { hasPid } from "../daemon/state_dir.ts";
import { Allowance, LIMITS } from "../loop/limits.ts";
import { descendants } from "../processes/descendants.ts";
import type { CallResult } from "../runtime/calls.ts";
import { ConsoleSocket } from "../streams/console_socket.ts";
import type { Terminal } from "../streams/terminal.ts";
import { startArguments, succeeded } from "./attempt.ts";
import { refusesCreate } from "./docker_1_11.ts";
import type { Order } from "./order.ts";

/**
 * The two ways of giving a container its terminal. `socket`: the runtime
 * makes the pty and hands over the master (runc since 1.0.0-rc3). `path`: the
 * shim makes it and passes the slave's name (the runc of Docker 1.11–17.05).
 */
type ConsoleStyle = "socket" | "path";

/** A call of the runtime in one of the styles. */
interface Attempt {
  style: ConsoleStyle;
  result: CallResult;
  log: RuntimeLogEntry;
  /** A terminal has been handed over, or may be in somebody's hands. */
  terminalTaken: boolean;
}

/**
 * Calls the runtime for a container with a terminal.
 *
 * Nothing asks the runtime which style it knows, and nobody can tell from its
 * words: if the first style fails before there is a container, the second has
 * its turn, whatever the reason was. The daemon is shown the error of the one
 * that counts.
 *
 * @throws {Error} when the runtime cannot be started or hands over no terminal
 */
export function startWithTerminal(order: Order, stdio: Terminal): CallResult {
  const [style, other] = stylesToTry(order);
  const first = attempt(order, stdio, style, "to a container");
  if (succeeded(first.result.ending) || leftSomething(order, first)) {
    return first.result;
  }
  stdio.detach();
  first.log.takeOut();
  const second = attempt(order, stdio, other, "at once");
  if (succeeded(second.result.ending) || counts(second, first)) {
    return second.result;
  }
  first.log.putBack();
  return first.result;
}

/**
 * The daemon gives a hint at the age of its runtime: capabilities were a list
 * until the very release that brought the socket.
 */
function stylesToTry({ context }: Order): [ConsoleStyle, ConsoleStyle] {
  return context.state.capabilities === "array"
    ? ["path", "socket"]
    : ["socket", "path"];
}

function attempt(
  order: Order,
  stdio: Terminal,
  style: ConsoleStyle,
  input: "at once" | "to a container",
): Attempt {
  const log = new RuntimeLogEntry();
  const tried = style === "socket"
    ? attemptWithSocket(order, stdio)
    : attemptWithPath(order, stdio, input);
  return { style, log, ...tried };
}

type Tried = Pick<Attempt, "result" | "terminalTaken">;

function attemptWithSocket(order: Order, stdio: Terminal): Tried {
  const { loop, runtime, context } = order;
  using socket = new ConsoleSocket(loop, (master) => stdio.attach(master));
  const flag = { kind: "socket", path: socket.path } as const;
  const args = startArguments(order, flag);
  const result = runtime.callForOutput(args, context.bundle);
  const terminalTaken = socket.outcome !== undefined;
  if (!succeeded(result.ending) || knowsNoCreate(result)) {
    return { result, terminalTaken };
  }
  const handedOver = loop.runUntil(
    () => socket.outcome !== undefined,
    new Allowance(LIMITS.console),
  );
  if (!handedOver) {
    throw new Error(
      "The runtime succeeded but handed over no terminal: nothing came to " +
        `the console socket within ${LIMITS.console / 1000} s`,
    );
  }
  if (socket.outcome?.kind === "failed") {
    throw new Error(socket.outcome.message);
  }
  return { result, terminalTaken: true };
}

function knowsNoCreate({ output }: CallResult): boolean {
  return refusesCreate(output) && !hasPid();
}

function attemptWithPath(
  order: Order,
  stdio: Terminal,
  input: "at once" | "to a container",
): Tried {
  const { context, runtime } = order;
  const { rootUid, rootGid } = context.state;
  const pty = openPty();
  // What init prints may come before the call has ended.
  stdio.attach(pty.master, pty.slave, input);
  ownSlave(pty, rootUid, rootGid);
  const flag = { kind: "path", path: pty.slavePath } as const;
  const args = startArguments(order, flag);
  const result = runtime.callForOutput(args, context.bundle);
  return { result, terminalTaken: stdio.written };
}

/**
 * Whether a call that has failed has left a container, or a part of one:
 * another must not be made beside it.
 */
function leftSomething({ loop }: Order, { terminalTaken }: Attempt): boolean {
  // What the call has left may be just about to end with it.
  loop.turn(0);
  const left = descendants(Deno.pid) ?? [];
  return terminalTaken || hasPid() || left.length > 0;
}

/**
 * Whether the error of the second attempt counts rather than that of the
 * first: a runtime that does not know a flag mostly names it. If both do, or
 * none, the modern style's does.
 */
function counts(second: Attempt, first: Attempt): boolean {
  const [inFirst, inSecond] = [namesFlag(first), namesFlag(second)];
  return inFirst === inSecond ? second.style === "socket" : inFirst;
}

function namesFlag({ style, result, log }: Attempt): boolean {
  const flag = style === "socket"
    ? /-console-socket(?![-\w])/
    : /-console(?![-\w])/;
  return flag.test(result.output + log.text);
}
