import { join } from "@std/path/posix/join";
import type { CheckpointConfig } from "../daemon/checkpoint.ts";
import type { Generation } from "../daemon/generation.ts";
import type { ProcessState } from "../daemon/process_state.ts";

/**
 * How the runtime is told about the terminal: the socket to which it sends the
 * master it opened, or the path of the slave that the shim opened.
 */
export type ConsoleFlag =
  | { kind: "none" }
  | { kind: "socket"; path: string }
  | { kind: "path"; path: string };

/** What all calls for one process share; paths as the shim was given them. */
export interface CallContext {
  id: string;
  bundle: string;
  stateDir: string;
  state: ProcessState;
  /** Which calls the daemon's generation expects; see generation.ts. */
  calls: Generation["calls"];
}

/**
 * The arguments (behind argv[0]) of the call that creates the container, which
 * the daemon then starts, or of the call that does both.
 */
export function createArgs(
  context: CallContext,
  consoleFlag: ConsoleFlag,
): string[] {
  return [
    ...globalArgs(context),
    context.calls,
    "--bundle",
    context.bundle,
    ...consoleArgs(consoleFlag),
    ...pivotArgs(context),
    ...(context.calls === "start" ? ["-d"] : []),
    ...lastArgs(context),
  ];
}

/** The arguments of the call that starts a further process in a container. */
export function execArgs(
  context: CallContext,
  consoleFlag: ConsoleFlag,
): string[] {
  const early = context.calls === "start";
  return [
    ...globalArgs(context),
    "exec",
    ...(early ? [] : ["-d"]),
    "--process",
    join(context.stateDir, "process.json"),
    ...consoleArgs(consoleFlag),
    ...(early ? ["-d"] : []),
    ...lastArgs(context),
  ];
}

/**
 * The arguments of the call that restores a checkpoint. There is no console
 * flag: upstream passes none, and no runtime needs it for this.
 *
 * @param stamp the time of the call, see `restoreStamp`: names the directory
 *   in which CRIU works
 */
export function restoreArgs(
  context: CallContext,
  checkpoint: CheckpointConfig,
  stamp: string,
): string[] {
  const image = checkpointDirectory(context);
  const options = [
    ...(checkpoint.shell ? ["--shell-job"] : []),
    ...(checkpoint.tcp ? ["--tcp-established"] : []),
    ...(checkpoint.unixSockets ? ["--ext-unix-sk"] : []),
    ...pivotArgs(context),
  ];
  if (context.calls === "start") {
    return [
      ...globalArgs(context),
      "restore",
      "--image-path",
      image,
      ...options,
      "-d",
      ...lastArgs(context),
    ];
  }
  return [
    ...globalArgs(context),
    "restore",
    "-d",
    "--image-path",
    image,
    "--work-path",
    join(image, "criu.work", `restore-${stamp}`),
    ...options,
    ...checkpoint.emptyNS.flatMap((namespace) => ["--empty-ns", namespace]),
    ...lastArgs(context),
  ];
}

/** The arguments of the call that kills what is left in the container. */
export function killArgs({ id, state }: CallContext): string[] {
  return [...state.runtimeArgs, "kill", "--all", id, "SIGKILL"];
}

/** The arguments of the call that removes the container. */
export function deleteArgs({ id, state, calls }: CallContext): string[] {
  const options = calls === "start" ? [] : state.runtimeArgs;
  return [...options, "delete", id];
}

/** Where the options of the checkpoint are. */
export function checkpointConfigPath(context: CallContext): string {
  return join(checkpointDirectory(context), "config.json");
}

/** `checkpoint` is a directory, or for the oldest daemons a name. */
function checkpointDirectory({ state, bundle, calls }: CallContext): string {
  return calls === "start"
    ? join(bundle, "checkpoints", state.checkpoint)
    : state.checkpoint;
}

const NANOSECONDS_PER_SECOND = 1_000_000_000n;

/**
 * A time as Go's `time.RFC3339Nano` writes it: local time with its zone, the
 * fraction without trailing zeros, `Z` for an offset of 0.
 *
 * @param epochNanoseconds since 1970-01-01T00:00:00Z
 * @param offsetMinutes of the local time, positive east of Greenwich
 */
export function restoreStamp(
  epochNanoseconds: bigint,
  offsetMinutes: number,
): string {
  // A remainder takes the sign of a time before 1970.
  const nanoseconds = (epochNanoseconds % NANOSECONDS_PER_SECOND +
    NANOSECONDS_PER_SECOND) % NANOSECONDS_PER_SECOND;
  const seconds = Number(
    (epochNanoseconds - nanoseconds) / NANOSECONDS_PER_SECOND,
  );
  const clock = new Date((seconds + offsetMinutes * 60) * 1000).toISOString()
    .slice(0, "2006-01-02T15:04:05".length);
  const digits = String(nanoseconds).padStart(9, "0").replace(/0+$/, "");
  const fraction = digits === "" ? "" : `.${digits}`;
  return clock + fraction + zone(offsetMinutes);
}

function zone(offsetMinutes: number): string {
  if (offsetMinutes === 0) return "Z";
  const distance = Math.abs(offsetMinutes);
  const hours = String(Math.floor(distance / 60)).padStart(2, "0");
  const minutes = String(distance % 60).padStart(2, "0");
  return `${offsetMinutes < 0 ? "-" : "+"}${hours}:${minutes}`;
}

function globalArgs({ stateDir, state }: CallContext): string[] {
  return [
    "--log",
    join(stateDir, "log.json"),
    "--log-format",
    "json",
    ...state.runtimeArgs,
  ];
}

function consoleArgs(flag: ConsoleFlag): string[] {
  switch (flag.kind) {
    case "none":
      return [];
    case "socket":
      return ["--console-socket", flag.path];
    case "path":
      return ["--console", flag.path];
    default:
      return flag satisfies never;
  }
}

function pivotArgs({ state }: CallContext): string[] {
  return state.noPivotRoot ? ["--no-pivot"] : [];
}

function lastArgs({ id, stateDir }: CallContext): string[] {
  return ["--pid-file", join(stateDir, "pid"), id];
}
