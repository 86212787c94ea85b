import * as z from "zod/mini";
import { JsonObject } from "../json/value.ts";
import {
  arrayOf,
  bool,
  delegate,
  int64,
  once,
  parseFile,
  report,
  string,
  strings,
  struct,
  unsigned,
} from "../json/struct.ts";

export { StateError } from "../json/struct.ts";

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
  const flag = once(bool);
  const text = once(string);
  const texts = once(strings);
  const id = once(int64);
  return struct({
    terminal: flag,
    exec: flag,
    containerdStdin: text,
    containerdStdout: text,
    containerdStderr: text,
    runtimeArgs: texts,
    noPivotRoot: flag,
    checkpoint: text,
    rootUID: id,
    rootGID: id,
    capabilities: once(() => capabilities(texts)),

    // From here on what only the runtime uses.
    args: texts,
    env: texts,
    cwd: text,
    apparmorProfile: text,
    selinuxLabel: text,
    noNewPrivileges: flag,
    user: once(() => user(text)),
    rlimits: once(() => rlimits(text)),
    consoleSize: once(consoleSize),
  });
}

function capabilities(list: () => ReturnType<typeof strings>) {
  const sets = once(() =>
    struct({
      bounding: list,
      effective: list,
      inheritable: list,
      permitted: list,
      ambient: list,
    })
  );
  return z.transform(
    (value: unknown, context): ProcessState["capabilities"] => {
      if (value === null) return "absent";
      if (Array.isArray(value)) {
        delegate(list(), value, context);
        return "array";
      }
      if (value instanceof JsonObject) delegate(sets(), value, context);
      else {
        const expected = "an array of strings or an object of such arrays";
        report(context, expected, value);
      }
      return "object";
    },
  );
}

function user(text: () => ReturnType<typeof string>) {
  const id = once(() => unsigned(32));
  return struct({
    uid: id,
    gid: id,
    additionalGids: once(() =>
      arrayOf(id, "an array of unsigned 32-bit integers")
    ),
    username: text,
  });
}

function rlimits(text: () => ReturnType<typeof string>) {
  const limit = once(() => unsigned(64));
  return arrayOf(
    once(() => struct({ type: text, hard: limit, soft: limit })),
    "an array of objects",
  );
}

function consoleSize() {
  const side = once(() => unsigned(64));
  return struct({ height: side, width: side });
}
