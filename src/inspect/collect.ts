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
import { isBelow } from "../processes/descendants.ts";
import { type Proc, procText } from "../processes/proc.ts";
import { parseIo } from "../processes/proc_text.ts";
import { runtimeAction } from "../runtime/action.ts";
import { channelsOf, findLinks } from "./channels.ts";
import type { Facts, ProcessFacts } from "./facts.ts";
import { type Machine, readLog, regularFile, textOf } from "./files.ts";
import { childrenOf, processFacts } from "./process_facts.ts";
import { findShim, resolved } from "./shim.ts";

/**
 * Everything that can be seen of the shim of a state directory, dead or alive.
 * Reads /proc and the directory's regular files, and nothing else.
 *
 * @param path absolute
 */
export function collectFacts(path: string, from: Machine): Facts {
  const directory = resolved(path, from);
  const found = findShim(directory, from);
  const at = (name: string) => join(directory, name);
  const shim = shimFacts(found.shim, from);
  const state = readState(at(PROCESS_FILE), from);
  const { runtimeArgs = [] } = state instanceof Error ? {} : state ?? {};

  const pid = numberIn(textOf(at(PID_FILE), from));
  const container = containerFacts(pid, at(PID_FILE), shim, from);
  const children = shim === undefined
    ? []
    : childrenOf(shim.pid, from).filter((child) => child.pid !== pid);
  const call = shim &&
    children.find(({ argv }) =>
      runtimeAction(argv, shim.runtime, runtimeArgs) !== undefined
    );

  const channels = channelsOf(directory, state, from);
  const { links, hidden } = findLinks(
    channels,
    shim,
    container,
    call,
    from,
  );
  return {
    directory,
    directoryIs: found.removed ? "removed" : stateOf(directory, from),
    suggestion: suggestionFor(directory, from),
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
    exitStatus: textOf(at(EXIT_STATUS_FILE), from),
    children,
    channels,
    links,
    shimLog: readLog(at(LOG_FILE), from),
    runtimeLog: readLog(at(RUNTIME_LOG_FILE), from),
  };
}

function stateOf(directory: string, from: Machine): Facts["directoryIs"] {
  const kind = from.identify(directory)?.kind;
  if (kind !== undefined && kind !== "directory") return "missing";
  if (from.isOutOfReach(directory)) return "unreadable";
  return kind === undefined ? "missing" : "there";
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

function readState(
  path: string,
  from: Machine,
): ProcessState | Error | undefined {
  const file = regularFile(path, from);
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
  from: Machine,
): ProcessFacts | undefined {
  const process = pid === undefined ? undefined : processFacts(pid, from);
  if (process === undefined) return undefined;
  if (shim !== undefined) {
    return isBelow(process.pid, shim.pid, from) ? process : undefined;
  }
  const written = from.identify(pidFile)?.modified;
  const { since } = process;
  return written !== undefined && since !== undefined &&
      since > written + CLOCK_TOLERANCE
    ? undefined
    : process;
}

/** Docker has the state directory of a container's init below its id. */
function suggestionFor(directory: string, from: Machine): string | undefined {
  const isThere = (path: string) =>
    from.identify(join(path, PROCESS_FILE)) !== undefined;
  const below = join(directory, "init");
  return !isThere(directory) && isThere(below) ? below : undefined;
}
