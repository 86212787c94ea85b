import { join } from "@std/path/posix/join";
import {
  parseProcessState,
  type ProcessState,
} from "../daemon/process_state.ts";
import {
  EXIT_STATUS_FILE,
  LOG_FILE,
  PID_FILE,
  PROCESS_FILE,
  RUNTIME_LOG_FILE,
} from "../daemon/state_dir.ts";
import { type Proc, proc, procText } from "../processes/proc.ts";
import { parseIo } from "../processes/proc_text.ts";
import { runtimeAction } from "../runtime/action.ts";
import { channelsOf, findLinks } from "./channels.ts";
import type { Facts, ProcessFacts } from "./facts.ts";
import { lstatAt, readLog, regularFile, statAt, textOf } from "./files.ts";
import { childrenOf, isBelow, processFacts } from "./process_facts.ts";
import { findShim, resolved } from "./shim.ts";

/**
 * Everything that can be seen of the shim of a state directory, dead or alive.
 * Reads /proc and the directory's regular files, and nothing else.
 */
export function collectFacts(path: string, from = proc): Facts {
  const directory = resolved(path);
  const found = findShim(directory, from);
  const at = (name: string) => join(directory, name);
  const shim = shimFacts(found.shim, from);
  const state = readState(at(PROCESS_FILE));
  const { runtimeArgs = [] } = state instanceof Error ? {} : state ?? {};

  const pid = numberIn(textOf(at(PID_FILE)));
  const container = containerFacts(pid, at(PID_FILE), shim, from);
  const children = shim === undefined
    ? []
    : childrenOf(shim.pid, from).filter((child) => child.pid !== pid);
  const call = shim &&
    children.find(({ argv }) =>
      runtimeAction(argv, shim.runtime, runtimeArgs) !== undefined
    );

  const channels = channelsOf(directory, state);
  const { links, hidden } = findLinks(
    channels,
    shim,
    container,
    call,
    from,
  );
  return {
    directory,
    directoryIs: found.removed ? "removed" : stateOf(directory),
    suggestion: suggestionFor(directory),
    asRoot: Deno.uid() === 0,
    hidden,
    hiddenShims: found.hiddenShims,
    shim,
    transfers: shim && parseIo(procText(`/proc/${shim.pid}/io`, from)),
    request: state instanceof Error ? { error: state.message } : state && {
      exec: state.exec,
      terminal: state.terminal,
      runtimeArgs: state.runtimeArgs,
    },
    pid,
    container,
    exitStatus: textOf(at(EXIT_STATUS_FILE)),
    children,
    channels,
    links,
    shimLog: readLog(at(LOG_FILE)),
    runtimeLog: readLog(at(RUNTIME_LOG_FILE)),
  };
}

function stateOf(directory: string): "there" | "missing" | "unreadable" {
  const inside = lstatAt(join(directory, PROCESS_FILE));
  if (inside.kind === "denied") return "unreadable";
  return statAt(directory)?.isDirectory ? "there" : "missing";
}

function shimFacts(pid: number | undefined, from: Proc): Facts["shim"] {
  const process = pid === undefined ? undefined : processFacts(pid, from);
  if (process === undefined) return undefined;
  // The daemon gives the three arguments and no flags, perhaps behind "--".
  const [first, ...others] = process.argv.slice(1);
  const given = first === "--" ? others : [first, ...others];
  const [id = "", bundle = "", runtime = ""] = given;
  return { ...process, id, bundle, runtime };
}

function readState(path: string): ProcessState | Error | undefined {
  const file = regularFile(path);
  if (file.kind === "gone") return undefined;
  if (file.kind === "denied") return new Error(file.reason);
  try {
    return parseProcessState(file.value);
  } catch (error) {
    return error as Error;
  }
}

function numberIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\+?[0-9]{1,10}$/.test(text)
    ? Number(text)
    : undefined;
}

/** How much later than its pid file a process may seem to start, in ms. */
const CLOCK_TOLERANCE = 1_000;

/** The process that the pid file names, unless the number is another's now. */
function containerFacts(
  pid: number | undefined,
  pidFile: string,
  shim: ProcessFacts | undefined,
  from: Proc,
): ProcessFacts | undefined {
  const process = pid === undefined ? undefined : processFacts(pid, from);
  if (process === undefined) return undefined;
  if (shim !== undefined) {
    return isBelow(process.pid, shim.pid, from) ? process : undefined;
  }
  const written = statAt(pidFile)?.mtime?.getTime();
  const { since } = process;
  return written !== undefined && since !== undefined &&
      since > written + CLOCK_TOLERANCE
    ? undefined
    : process;
}

/** Docker has the state directory of a container's init below its id. */
function suggestionFor(directory: string): string | undefined {
  if (statAt(join(directory, PROCESS_FILE)) !== undefined) return undefined;
  const below = join(directory, "init");
  return statAt(join(below, PROCESS_FILE)) === undefined ? undefined : below;
}
