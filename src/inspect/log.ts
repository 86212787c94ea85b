import type { LogEntry, LogFacts } from "./facts.ts";
import { regularFile } from "./look.ts";

/** How many entries are shown, the last ones. */
const SHOWN = 5;

/**
 * The last entries of a log: objects with level, msg and perhaps time, as the
 * shim and runc write them. Lines that are no JSON (other shims do not escape
 * their messages, other runtimes have other formats) are passed on as they are.
 */
export function lastEntries(text: string): LogEntry[] {
  return text.split("\n").filter((line) => line.trim() !== "").slice(-SHOWN)
    .map(entry);
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
      return {
        kind: "entries",
        entries: lastEntries(new TextDecoder().decode(file.value)),
      };
    default:
      return file satisfies never;
  }
}
