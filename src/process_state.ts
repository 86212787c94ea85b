import * as z from "zod/mini";
import { JsonObject } from "./json.ts";
import {
  arrayOf,
  bool,
  delegate,
  int64,
  parseFile,
  string,
  strings,
  struct,
  unsigned,
} from "./json_struct.ts";

export { StateError } from "./json_struct.ts";

/**
 * What the daemon asks for in process.json. What is absent there is false, ""
 * or empty here. The paths of the streams are relative to the state directory.
 */
export interface ProcessState {
  terminal: boolean;
  /** A further process in a container that runs already. */
  exec: boolean;
  stdin: string;
  stdout: string;
  stderr: string;
  runtimeArgs: string[];
  noPivotRoot: boolean;
  /** The directory of a checkpoint to restore, or "". */
  checkpoint: string;
  /** Owner of the streams as uid_t and gid_t; 0xffffffff leaves it as it is. */
  rootUid: number;
  rootGid: number;
  /** An array from daemons up to 0.2.8, an object from 0.2.9 on. */
  capabilities: "array" | "object" | "absent";
}

/**
 * Reads process.json. All that the daemons' decoder accepts is accepted: any
 * case in names, null for anything, fields that are not known. Fields that only
 * the runtime uses are checked too, as upstream checks them.
 *
 * @throws {StateError}
 */
export function parseProcessState(bytes: Uint8Array): ProcessState {
  const state = parseFile(processSchema(), bytes, "process.json");
  return {
    terminal: state.terminal ?? false,
    exec: state.exec ?? false,
    stdin: state.containerdStdin ?? "",
    stdout: state.containerdStdout ?? "",
    stderr: state.containerdStderr ?? "",
    runtimeArgs: (state.runtimeArgs ?? []).map((argument) => argument ?? ""),
    noPivotRoot: state.noPivotRoot ?? false,
    checkpoint: state.checkpoint ?? "",
    rootUid: toId(state.rootUID?.literal),
    rootGid: toId(state.rootGID?.literal),
    capabilities: state.capabilities ?? "absent",
  };
}

/** The kernel takes the low 32 bits of an id. */
function toId(literal = "0"): number {
  return Number(BigInt.asUintN(32, BigInt(literal)));
}

function processSchema() {
  return struct({
    terminal: bool(),
    exec: bool(),
    containerdStdin: string(),
    containerdStdout: string(),
    containerdStderr: string(),
    runtimeArgs: strings(),
    noPivotRoot: bool(),
    checkpoint: string(),
    rootUID: int64(),
    rootGID: int64(),
    capabilities: capabilities(),

    // From here on what only the runtime uses.
    args: strings(),
    env: strings(),
    cwd: string(),
    apparmorProfile: string(),
    selinuxLabel: string(),
    noNewPrivileges: bool(),
    user: struct({
      uid: unsigned(32),
      gid: unsigned(32),
      additionalGids: arrayOf(
        unsigned(32),
        "an array of unsigned 32-bit integers",
      ),
      username: string(),
    }),
    rlimits: arrayOf(
      struct({ type: string(), hard: unsigned(64), soft: unsigned(64) }),
      "an array of objects",
    ),
    consoleSize: struct({ height: unsigned(64), width: unsigned(64) }),
  });
}

function capabilities() {
  const list = strings();
  const sets = struct({
    bounding: list,
    effective: list,
    inheritable: list,
    permitted: list,
    ambient: list,
  });
  return z.pipe(
    z.custom<unknown[] | JsonObject | null>(
      (value) =>
        value === null || Array.isArray(value) || value instanceof JsonObject,
      "an array of strings or an object of such arrays",
    ),
    z.transform((value, context): ProcessState["capabilities"] => {
      if (value === null) return "absent";
      const isList = Array.isArray(value);
      delegate(isList ? list : sets, value, context);
      return isList ? "array" : "object";
    }),
  );
}
