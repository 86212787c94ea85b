import { O_NOFOLLOW, O_RDONLY } from "../ffi/constants.ts";
import { releaseMemory } from "../ffi/footprint.ts";
import { open } from "../ffi/fd.ts";
import { exitStatusOf, killProcess } from "../ffi/process.ts";
import type { ChildEvents } from "../ffi/signals.ts";
import { type CheckpointConfig, parseCheckpointConfig } from "./checkpoint.ts";
import { serveControl } from "./control.ts";
import { EventLoop } from "./event_loop.ts";
import { OPEN_LIMIT, openControl, openForWriting } from "./fifo.ts";
import type { Log } from "./log.ts";
import { parseProcessState, type ProcessState } from "./process_state.ts";
import { explainDrain } from "./holders.ts";
import { children, isChild } from "./proc.ts";
import { Reaper } from "./reaper.ts";
import { Runtime } from "./runtime.ts";
import {
  type CallContext,
  checkpointConfigPath,
  deleteArgs,
  killArgs,
} from "./runtime_args.ts";
import { parseSpoolSetting, SPOOL_VARIABLE } from "./settings.ts";
import type { SpoolSetting } from "./spool.ts";
import { RuntimeFailure, type Start, startContainer } from "./start.ts";
import {
  CONTROL_FIFO,
  EXIT_FIFO,
  openStateDirectory,
  PID_FILE,
  PROCESS_FILE,
  readPid,
  readWhole,
  reserveSpace,
  stateDirectory,
  writeExitStatus,
} from "./state_dir.ts";
import {
  PipedStdio,
  type Relaying,
  type Stdio,
  TerminalStdio,
} from "./stdio.ts";

/** What the shim is told on its command line. */
export interface Order {
  id: string;
  bundle: string;
  runtime: string;
}

/** A container that lives longer than this is here to stay, in ms. */
const SETTLED = 1_000;
/** How often, and each time how long, to wait for the killed, in ms. */
const KILL_ROUNDS = 20;
const KILL_LIMIT = 500;
/** How long the runtime may take to kill or to delete, in milliseconds. */
const CLEANUP_LIMIT = 30_000;
/** After how long the shim says why it still waits for output, in ms. */
const DRAIN_PATIENCE = 1_000;
/**
 * What may stay unread in a FIFO when the shim leaves, in bytes: what a FIFO
 * holds by default. If nobody reads it, that is lost; more must not be.
 */
const LEFT_UNREAD = 65_536;
/** How often to look whether the daemon has read more than that, in ms. */
const READER_PAUSE = 20;
/** How long the last words of a failed start may take, in milliseconds. */
const LAST_WORDS_LIMIT = 5_000;

/**
 * The life of one container process, from the daemon's order to its end.
 *
 * @param events tells when a child has ended; the process is a subreaper
 * @returns the exit code of the shim: 0 when the container ran, and also when
 *   the runtime refused to start it, because the daemon then looks for the
 *   reason in the runtime's log
 * @throws {Error} whatever keeps the shim from doing its work; the daemon
 *   looks for that in shim-log.json
 */
export async function runShim(
  order: Order,
  events: ChildEvents,
  log: Log,
): Promise<number> {
  using owned = new DisposableStack();
  const warn = (message: string) => log.warn(message);

  // The write end is held to the very end. Its close is the exit event.
  const exit = owned.use(
    await openForWriting(EXIT_FIFO, "FIFO", performance.now() + OPEN_LIMIT),
  );
  const control = owned.use(openControl(CONTROL_FIFO));
  const state = parseProcessState(readWhole(PROCESS_FILE, O_NOFOLLOW));
  const checkpoint = readCheckpoint(state.checkpoint);

  const loop = new EventLoop();
  const reaper = new Reaper(events.fd, loop);
  const context = { ...order, stateDir: stateDirectory(), state };
  const runtime = new Runtime(
    order.runtime,
    loop,
    reaper,
    { fd: owned.use(openStateDirectory()), path: context.stateDir },
    owned.use(open("/dev/null", O_RDONLY, '"/dev/null"')),
    events.blockedBefore,
  );

  const relaying = { loop, spool: spoolSetting(warn), warn };
  const stdio = owned.use(await openStdio(state, relaying));
  serveControl(loop, control, stdio, warn);

  const reserve = reserveSpace();
  if (reserve !== undefined) owned.use(reserve);

  let init: number;
  try {
    init = start({ runtime, loop, context, checkpoint, warn }, stdio, reaper);
  } catch (error) {
    // Nobody would watch over what has been started all the same.
    killChildren(loop);
    loop.runUntil(
      () => !stdio.waiting,
      performance.now() + LAST_WORDS_LIMIT,
    );
    if (runtime.called) cleanUp("delete", runtime, context, () => {});
    if (!(error instanceof RuntimeFailure)) throw error;
    warn(error.message);
    return 0;
  }

  const gone = () => reaper.hasReaped(init);
  if (!loop.runUntil(gone, performance.now() + SETTLED)) {
    // It mostly waits from now on, perhaps for months.
    releaseMemory();
    loop.runUntil(gone);
  }
  const status = exitStatusOf(reaper.endingOf(init)!);
  try {
    writeExitStatus(status, reserve);
  } catch (error) {
    log.error(`${(error as Error).message}; the exit status is ${status}`);
  }

  cleanUp("kill", runtime, context, warn);
  stdio.initEnded();
  drain(stdio, loop, warn);
  stdio[Symbol.dispose]();
  cleanUp("delete", runtime, context, warn);
  exit.close();
  return 0;
}

function readCheckpoint(checkpoint: string): CheckpointConfig | undefined {
  if (checkpoint === "") return undefined;
  const path = checkpointConfigPath(checkpoint);
  return parseCheckpointConfig(readWhole(path), path);
}

/** A wrong setting is no reason not to run a container. */
function spoolSetting(
  warn: (message: string) => void,
): SpoolSetting | undefined {
  try {
    return parseSpoolSetting(Deno.env.get(SPOOL_VARIABLE));
  } catch (error) {
    warn((error as Error).message);
    return undefined;
  }
}

function openStdio(state: ProcessState, relaying: Relaying): Promise<Stdio> {
  const deadline = performance.now() + OPEN_LIMIT;
  return state.terminal
    ? TerminalStdio.open(state, relaying, deadline)
    : PipedStdio.open(state, relaying, deadline);
}

/** Starts the container process and returns its pid. */
function start(order: Start, stdio: Stdio, reaper: Reaper): number {
  startContainer(order, stdio);
  const init = readPid();
  // When the runtime ended, its children became the shim's. Of a process that
  // is no child of the shim no end would ever be seen.
  if (!reaper.hasReaped(init) && isChild(init) === false) {
    throw new Error(
      `The runtime's "${PID_FILE}" names process ${init}, which is not a ` +
        "child of this shim: expected the container's init",
    );
  }
  reaper.keepOnly(init);
  return init;
}

/**
 * Kills every child, and those that become children when their parents end.
 * Gives up on processes that cannot be killed (in a hanging system call).
 */
function killChildren(loop: EventLoop): void {
  for (let round = 0; round < KILL_ROUNDS; round++) {
    const left = children();
    if (left.length === 0) return;
    for (const pid of left) killProcess(pid);
    const gone = () => left.every((pid) => isChild(pid) === false);
    loop.runUntil(gone, performance.now() + KILL_LIMIT);
  }
}

/**
 * Waits until all output is delivered, however long somebody holds it open or
 * does not read it. Whoever wonders why finds it in the log.
 */
function drain(
  stdio: Stdio,
  loop: EventLoop,
  warn: (message: string) => void,
): void {
  const patience = performance.now() + DRAIN_PATIENCE;
  if (deliver(stdio, loop, patience)) return;
  warn(`The container has ended, but ${explainDrain(stdio)}`);
  deliver(stdio, loop, Infinity);
}

/** @returns false when the deadline passed first */
function deliver(stdio: Stdio, loop: EventLoop, deadline: number): boolean {
  if (!loop.runUntil(() => stdio.drained, deadline)) return false;
  while (stdio.unread > LEFT_UNREAD) {
    if (performance.now() >= deadline) return false;
    // That the daemon has read something is no event: look again.
    loop.runUntil(() => false, performance.now() + READER_PAUSE);
  }
  return true;
}

/**
 * Has the runtime kill what is left of the container, or delete it. Not for
 * an exec, whose container lives on. That the runtime fails is no reason to
 * stop: the daemon waits for the end.
 */
function cleanUp(
  action: "kill" | "delete",
  runtime: Runtime,
  context: CallContext,
  warn: (message: string) => void,
): void {
  if (context.state.exec) return;
  const args = action === "kill" ? killArgs(context) : deleteArgs(context);
  try {
    const { ending } = runtime.callForOutput(args, "", CLEANUP_LIMIT);
    if (ending === undefined) {
      warn(
        `The runtime's ${action} did not end within ` +
          `${CLEANUP_LIMIT / 1000} s and was killed`,
      );
    }
  } catch (error) {
    warn((error as Error).message);
  }
}
