// The story of one container process, top to bottom. Everything in it happens
// one after the other: while it waits, the event loop serves the rest.
import type { Fd } from "../ffi/fd.ts";
import { releaseMemory } from "../ffi/footprint.ts";
import { exitStatusOf } from "../ffi/process.ts";
import {
  type CheckpointConfig,
  parseCheckpointConfig,
} from "./daemon/checkpoint.ts";
import { serveControl } from "./daemon/control.ts";
import { openControl, openForWriting } from "./daemon/fifo.ts";
import type { Log } from "./daemon/log.ts";
import { parseProcessState } from "./daemon/process_state.ts";
import { readJson } from "./daemon/reading.ts";
import { readSettings } from "./daemon/settings.ts";
import {
  CONTROL_FIFO,
  EXIT_FIFO,
  PROCESS_FILE,
  reserveSpace,
  stateDirectory,
  writeExitStatus,
} from "./daemon/state_dir.ts";
import { cleanUp } from "./life/cleanup.ts";
import { drain } from "./life/drain.ts";
import { endFailedStart } from "./life/failed_start.ts";
import { generationOfCheckpoint } from "./life/docker_1_11.ts";
import { guarded, type Order } from "./life/order.ts";
import { startContainer, type Started } from "./life/start.ts";
import { openStdio, type Stdio } from "./life/stdio.ts";
import { EventLoop } from "./loop/event_loop.ts";
import { Allowance, LIMITS } from "./loop/limits.ts";
import { Reaper } from "./processes/reaper.ts";
import { type CallContext, checkpointConfigPath } from "./runtime/argv.ts";
import { Runtime } from "./runtime/calls.ts";
import { openNothing } from "./runtime/nothing.ts";
import { dropSpareBuffer } from "./loop/buffers.ts";

/** What the shim is told on its command line. */
export interface CommandLine {
  id: string;
  bundle: string;
  runtime: string;
}

/**
 * The life of one container process, from the daemon's order to its end.
 *
 * @param wakeUps tells when a child has ended; the process is a subreaper
 * @param owned gets what has to be closed afterwards
 * @returns the exit code of the shim: 0 when the container ran, and also when
 *   the runtime refused to start it, because the daemon then looks for the
 *   reason in the runtime's log
 * @throws {Error} whatever keeps the shim from doing its work; the daemon
 *   looks for that in shim-log.json
 */
export function runShim(
  told: CommandLine,
  wakeUps: Fd,
  log: Log,
  owned: DisposableStack,
): number {
  const warn = (message: string) => log.warn(message);
  const error = (message: string) => log.error(message);
  const loop = new EventLoop(error);
  const reaper = new Reaper(wakeUps, loop);

  // Its close is the exit event; when that comes is told in `finish`.
  const exit = owned.use(openExit(loop, reaper));
  const control = owned.use(openControl(CONTROL_FIFO));
  const state = parseProcessState(readJson(PROCESS_FILE, ["no link"]));
  const settings = readSettings(warn);
  const assumed = generationOfCheckpoint(
    settings.generation,
    told.bundle,
    state.checkpoint,
  );
  const stateDir = stateDirectory();
  const context = { ...told, stateDir, state, calls: assumed.calls };
  const checkpoint = readCheckpoint(context);

  const waiting = { loop, reaper, allowance: new Allowance(LIMITS.reader) };
  const { spool, forced } = settings;
  const relaying = { loop, waiting, spool, warn };
  const stdio = owned.use(openStdio(state, assumed.reader, relaying));
  serveControl(loop, control, stdio, warn);
  const reserve = reserveSpace();
  if (reserve !== undefined) owned.use(reserve);

  const nothing = owned.use(openNothing());
  const runtime = new Runtime(told.runtime, loop, reaper, nothing);
  const order: Order = {
    runtime,
    loop,
    reaper,
    context,
    checkpoint,
    forced,
    warn,
    error,
  };
  let started: Started;
  try {
    started = startContainer(order, stdio, assumed);
  } catch (reason) {
    return endFailedStart(reason, order, stdio);
  }

  // It mostly waits from now on, perhaps for months.
  loop.quiet.begin(() => {
    dropSpareBuffer();
    releaseMemory();
  });
  const { init } = started;
  loop.runUntil(() => init.ending !== undefined);
  const status = exitStatusOf(init.ending!);
  try {
    writeExitStatus(status, reserve);
  } catch (reason) {
    error(`${(reason as Error).message}; the exit status is ${status}`);
  }
  finish(started, order, stdio, exit);
  return 0;
}

/** A daemon that has died must not keep the shim for ever. */
function openExit(loop: EventLoop, reaper: Reaper): Fd {
  const allowance = new Allowance(LIMITS.reader);
  const waiting = { loop, reaper, allowance };
  return openForWriting(EXIT_FIFO, "FIFO", waiting, ["no link"]);
}

function readCheckpoint(context: CallContext): CheckpointConfig | undefined {
  if (context.state.checkpoint === "") return undefined;
  const path = checkpointConfigPath(context);
  return parseCheckpointConfig(readJson(path, ["nonblocking"]), path);
}

/** What is to be done once init has ended. A step that fails keeps no other from it. */
function finish(
  { generation, namespace }: Started,
  order: Order,
  stdio: Stdio,
  exit: Fd,
): void {
  const { runtime, loop, context, warn } = order;
  for (const step of generation.afterInit) {
    guarded(step, order, () => {
      switch (step) {
        case "kill":
        case "delete":
          return cleanUp(step, runtime, context, warn);
        case "drain":
          stdio.initEnded();
          drain(stdio, loop, namespace, warn);
          return stdio[Symbol.dispose]();
        case "exit event":
          return exit.close();
        default:
          step satisfies never;
      }
    });
  }
}
