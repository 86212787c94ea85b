import type { LogEntry, LogFacts } from "./facts.ts";

// The files of a state directory. No FIFO is ever opened: that would wake, or
// stop, whoever waits for its other end.

/** What reading something has come to. */
export type Look<T> =
  | { kind: "seen"; value: T }
  | { kind: "gone" }
  | { kind: "denied"; reason: string };

function look<T>(action: () => T): Look<T> {
  try {
    return { kind: "seen", value: action() };
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    return code === "ENOENT" || code === "ESRCH" || code === "ENOTDIR"
      ? { kind: "gone" }
      : { kind: "denied", reason: message };
  }
}

export function statAt(path: string): Deno.FileInfo | undefined {
  const seen = look(() => Deno.statSync(path));
  return seen.kind === "seen" ? seen.value : undefined;
}

export function lstatAt(path: string): Look<Deno.FileInfo> {
  return look(() => Deno.lstatSync(path));
}

/** More than any file of a state directory should have, in bytes. */
const TOO_LARGE = 16 << 20;

/** The bytes of a regular file; anything else is not opened. */
export function regularFile(path: string): Look<Uint8Array> {
  const found = lstatAt(path);
  if (found.kind !== "seen") return found;
  if (!found.value.isFile) {
    return { kind: "denied", reason: `"${path}" is not a regular file` };
  }
  if (found.value.size > TOO_LARGE) {
    const reason = `"${path}" has ${found.value.size} bytes, too many to read`;
    return { kind: "denied", reason };
  }
  return look(() => Deno.readFileSync(path));
}

/** The text of a short file; undefined if it cannot be read. */
export function textOf(path: string): string | undefined {
  const file = regularFile(path);
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

export function readLog(path: string): LogFacts {
  const file = regularFile(path);
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
