/**
 * From what was seen to what the contract is about: error texts become their
 * level and presence, so that two builds with other words can be compared.
 */
import { logMessages } from "./log_messages.ts";
import { type Facts, LEFT_OUT_FACTS } from "./recordings.ts";

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
    return logMessages(value);
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
