import { SystemError } from "../../ffi/errno.ts";
import { open } from "../../ffi/fd.ts";
import { type FileIdentity, identify, identifyName } from "../../ffi/path.ts";
import { read } from "../../ffi/transfer.ts";
import { type Proc, proc } from "../processes/proc.ts";
import type { LogEntry, LogFacts } from "./facts.ts";

// The files of a state directory. No FIFO is ever opened: that would wake, or
// stop, whoever waits for its other end.

/** All that is looked at: /proc, and the files of a state directory. */
export interface Machine extends Proc {
  /** What a path leads to, links followed; undefined if nothing is seen. */
  identify(path: string): Seen | undefined;
  /** The same of the path itself, which may be a link. */
  identifyName(path: string): Seen | undefined;
  /**
   * The beginning of a file, at most so many bytes.
   *
   * @throws {Error}
   */
  start(path: string, most: number): Uint8Array;
}

type Seen = Pick<FileIdentity, "kind" | "length" | "modified">;

/** By the bytes of their names, which need not be UTF-8. */
export const machine: Machine = {
  ...proc,
  identify,
  identifyName,

  start(path, most) {
    const file = open(path, ["read", "no link", "nonblocking"], `"${path}"`);
    try {
      const bytes = new Uint8Array(most);
      let length = 0;
      while (length < most) {
        const result = read(file, bytes.subarray(length));
        if (result.kind === "failed") {
          throw new SystemError(result.errno, "read", `read "${path}"`);
        }
        if (result.kind !== "moved") break;
        length += result.bytes;
      }
      return bytes.subarray(0, length);
    } finally {
      file.close();
    }
  },
};

/** What reading something has come to. */
export type Look<T> =
  | { kind: "seen"; value: T }
  | { kind: "gone" }
  | { kind: "denied"; reason: string };

/** More than any file of a state directory should have, in bytes. */
const TOO_LARGE = 16 << 20;

/** The bytes of a regular file; anything else is not opened. */
export function regularFile(path: string, from: Machine): Look<Uint8Array> {
  const found = from.identifyName(path);
  if (found === undefined) return { kind: "gone" };
  if (found.kind !== "file") {
    return { kind: "denied", reason: `"${path}" is not a regular file` };
  }
  if (found.length > TOO_LARGE) {
    const reason = `"${path}" has ${found.length} bytes, too many to read`;
    return { kind: "denied", reason };
  }
  try {
    return { kind: "seen", value: from.start(path, found.length) };
  } catch (error) {
    return from.identifyName(path) === undefined
      ? { kind: "gone" }
      : { kind: "denied", reason: (error as Error).message };
  }
}

/** The text of a short file; undefined if it cannot be read. */
export function textOf(path: string, from: Machine): string | undefined {
  const file = regularFile(path, from);
  return file.kind === "seen"
    ? new TextDecoder().decode(file.value)
    : undefined;
}

/** How many entries are shown, the last ones. */
const SHOWN = 5;

/**
 * The entries of a log: objects with level, msg and perhaps time, as the shim
 * and runc write them. Lines that are no JSON (other shims do not escape their
 * messages, other runtimes have other formats) are passed on as they are.
 */
export function logFacts(
  text: string,
): Extract<LogFacts, { kind: "entries" }> {
  const entries = text.split("\n").filter((line) => line.trim() !== "")
    .map(entry);
  const firstError = entries.find(({ level }) => level === "error")?.message;
  return { kind: "entries", entries: entries.slice(-SHOWN), firstError };
}

function entry(line: string): LogEntry {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { level: "unknown", message: line };
  }
  const { level, msg, time } = (value ?? {}) as Record<string, unknown>;
  if (typeof msg !== "string") return { level: "unknown", message: line };
  return {
    level: typeof level === "string" ? level : "unknown",
    message: msg,
    ...(typeof time === "string" ? { time } : {}),
  };
}

export function readLog(path: string, from: Machine): LogFacts {
  const file = regularFile(path, from);
  switch (file.kind) {
    case "gone":
      return { kind: "missing" };
    case "denied":
      return { kind: "unreadable", reason: file.reason };
    case "seen":
      return logFacts(new TextDecoder().decode(file.value));
    default:
      return file satisfies never;
  }
}
