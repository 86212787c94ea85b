import { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } from "../ffi/constants.ts";
import { open } from "../ffi/fd.ts";
import { releaseMemory } from "../ffi/footprint.ts";
import { exitStatusOf, isChild } from "../ffi/process.ts";
import type { ChildEvents } from "../ffi/signals.ts";
import {
  type CheckpointConfig,
  parseCheckpointConfig,
} from "./daemon/checkpoint.ts";
import { cleanUp, killChildren } from "./life/cleanup.ts";
import { serveControl } from "./daemon/control.ts";
import { drain } from "./streams/drain.ts";
import { EventLoop } from "./loop/event_loop.ts";
import { OPEN_LIMIT, openControl, openForWriting } from "./daemon/fifo.ts";
import type { Log } from "./daemon/log.ts";
import { PipedStdio } from "./streams/pipes.ts";
import {
  parseProcessState,
  type ProcessState,
} from "./daemon/process_state.ts";
import { Reaper } from "./processes/reaper.ts";
import { Runtime } from "./runtime/calls.ts";
import { type CallContext, checkpointConfigPath } from "./runtime/argv.ts";
import { readSettings } from "./daemon/settings.ts";
import { RuntimeFailure, type Start, startContainer } from "./life/start.ts";
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
} from "./daemon/state_dir.ts";
import type { Relaying, Stdio } from "./streams/stdio.ts";
import { TerminalStdio } from "./streams/terminal.ts";

/** What the shim is told on its command line. */
export interface Order {
  id: string;
  bundle: string;
  runtime: string;
}

/** A container that lives longer than this is here to stay, in ms. */
const SETTLED = 1_000;
/** How long it may take until the shim has become init's parent, in ms. */
const ADOPTION_LIMIT = 2_000;
/** How long the last words of a failed start may take, in milliseconds. */
const LAST_WORDS_LIMIT = 5_000;

/**
 * The life of one container process, from the daemon's order to its end.
 *
 * @param events tells when a child has ended; the process is a subreaper
 * @param owned gets what has to be closed afterwards
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
  owned: DisposableStack,
): Promise<number> {
  const warn = (message: string) => log.warn(message);

  // The write end is held to the very end. Its close is the exit event.
  const exit = owned.use(
    await openForWriting(
      EXIT_FIFO,
      "FIFO",
      performance.now() + OPEN_LIMIT,
      O_NOFOLLOW,
    ),
  );
  const control = owned.use(openControl(CONTROL_FIFO));
  const state = parseProcessState(readWhole(PROCESS_FILE, O_NOFOLLOW));
  const { spool, generation } = readSettings(warn);
  const stateDir = stateDirectory();
  const context = { ...order, stateDir, state, calls: generation.calls };
  const checkpoint = readCheckpoint(context);

  const loop = new EventLoop();
  const reaper = new Reaper(events.fd, loop);
  const runtime = new Runtime(
    order.runtime,
    loop,
    reaper,
    { fd: owned.use(openStateDirectory()), path: stateDir },
    owned.use(open("/dev/null", O_RDONLY, '"/dev/null"')),
    events.blockedBefore,
  );

  const stdio = owned.use(await openStdio(state, { loop, spool, warn }));
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

  for (const step of generation.ending) {
    switch (step) {
      case "kill":
      case "delete":
        cleanUp(step, runtime, context, warn);
        break;
      case "drain":
        stdio.initEnded();
        drain(stdio, loop, warn);
        stdio[Symbol.dispose]();
        break;
      case "exit event":
        exit.close();
        break;
      default:
        step satisfies never;
    }
  }
  return 0;
}

function readCheckpoint(context: CallContext): CheckpointConfig | undefined {
  if (context.state.checkpoint === "") return undefined;
  const path = checkpointConfigPath(context);
  return parseCheckpointConfig(readWhole(path, O_NONBLOCK), path);
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
  // When the runtime ended, its children became the shim's; if there is another
  // process in between, when that ends. Of a process that is no child of the
  // shim no end would ever be seen.
  const known = () => reaper.hasReaped(init) || isChild(init);
  if (!order.loop.runUntil(known, performance.now() + ADOPTION_LIMIT)) {
    throw new Error(
      `The runtime's "${PID_FILE}" names process ${init}, which is not a ` +
        "child of this shim: expected the container's init",
    );
  }
  reaper.keepOnly(init);
  return init;
}
