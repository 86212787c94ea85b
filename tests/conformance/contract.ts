/**
 * From what was seen to what the contract is about: error texts become their
 * level and presence, so that two builds with other words can be compared.
 */
import { type Facts, LEFT_OUT_FACTS } from "./recordings.ts";

/** What a log file says, apart from its words. */
export interface LogSummary {
  /** Upstream ends every run with a warning about a second close; see `isBogusWarning`. */
  bogus_warning: boolean;
  /** The levels of all other messages, in order. */
  levels: string[];
  /**
   * `objects`: valid JSON objects one after the other, as a stream decoder reads
   * them; `lines`: the same, each on a line of its own; `broken`: not JSON, or
   * an object without `level` or without text.
   */
  form: "empty" | "lines" | "objects" | "broken";
}

const LOG_FILES: ReadonlySet<string> = new Set(["log.json", "shim-log.json"]);

/** The facts that two shims are held against each other by. */
export function contractOf(facts: Facts): Facts {
  return contract(facts, []) as Facts;
}

function contract(value: unknown, path: readonly string[]): unknown {
  const key = path.at(-1) ?? "";
  if (key === "shim_stderr" && typeof value === "string") {
    return value === "" ? "" : "some text";
  }
  if (
    key === "content" && LOG_FILES.has(path.at(-2) ?? "") &&
    typeof value === "string"
  ) {
    return logSummary(value);
  }
  if (typeof value === "string") return withoutVersions(value);
  if (key === "order" && Array.isArray(value)) return fromStart(value);
  if (key === "held" && Array.isArray(value)) {
    return value.filter((path) => path !== HANDLE);
  }
  if (Array.isArray(value)) return value.map((inner) => contract(inner, path));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !LEFT_OUT_FACTS.has(name))
      .map(([name, inner]) => [name, contract(inner, [...path, name])]),
  );
}

/** Upstream waits for a reader of stdout with a handle that holds nothing open. */
const HANDLE = "$IO/stdout";

/**
 * An exitStatus before everything else was put there before the shim started.
 * The end of `exit` and that of the shim are one moment when nothing lies
 * between them, however long a busy machine needs to end a process.
 */
function fromStart(order: readonly unknown[]): unknown[] {
  const own = order[0] === "exitStatus" ? order.slice(1) : [...order];
  const ends = own.slice(-2).sort().join("~");
  return ends === "exit_eof~shim_exit" ? [...own.slice(0, -2), ends] : own;
}

/** What busybox calls itself and how runc words a failure depends on what is installed. */
function withoutVersions(text: string): string {
  return text.replace(/BusyBox v\S+ \([^)]*\)/, "BusyBox")
    .replace(/^(runc \w+ failed): .*$/m, "$1");
}

/** What a log file says, apart from its words. Upstream's own faults are read leniently. */
export function logSummary(text: string): LogSummary {
  const messages = splitMessages(text);
  const bogus = messages.filter(isBogusWarning);
  const others = messages.filter((message) => !isBogusWarning(message));
  return {
    bogus_warning: bogus.length > 0,
    levels: others.map((message) =>
      /"level": ?"(\w+)"/.exec(message)?.[1] ?? "none"
    ),
    form: formOf(text, others),
  };
}

/** One text an object, also where quotes inside it are not escaped. */
function splitMessages(text: string): string[] {
  return text.split(/\n|(?<=\})(?=\{"level")/).filter((message) =>
    message !== ""
  );
}

/** The close of an already closed descriptor that upstream reports after every run. */
function isBogusWarning(message: string): boolean {
  return /^\{"level": "warn","msg": "(close \|1: file already closed|invalid argument)"\}$/
    .test(message);
}

function formOf(text: string, messages: readonly string[]): LogSummary["form"] {
  if (messages.length === 0) return "empty";
  if (!messages.every(isMessage)) return "broken";
  return text.endsWith("\n") && text.trimEnd().split("\n").every(isMessage)
    ? "lines"
    : "objects";
}

function isMessage(text: string): boolean {
  try {
    const { level, msg } = JSON.parse(text);
    return typeof level === "string" && typeof msg === "string" && msg !== "";
  } catch {
    return false;
  }
}
