/** What ours must be where it differs from upstream, for more than one reason. */
import { isDeepStrictEqual as isSame } from "node:util";
import type { Difference } from "../differences_between.ts";
import type { Matcher, Place, Seen } from "../reason.ts";

export const STILL_RUNNING = "still running";

/** The messages of shim-log.json. */
export const LOG = "(?:.*/)?files/shim-log\\.json/content";

/** What comes after the end of init, for daemons of each age. */
const ENDINGS = [
  ["exitStatus", "kill", "kill.end", "delete", "delete.end"],
  ["exitStatus", "delete", "delete.end"],
  ["exitStatus"],
].map((names) => [...names, "exit_eof~shim_exit"]);

/** The facts of a shim that ends by itself where upstream's waits for ever. */
export const endsNormally: Place["facts"] = {
  "files/exitStatus": isExitStatus,
  "order": goesOnToEnd,
  "runtime_calls/extra": isCall("kill", "delete"),
  "shim_exit": becomes(STILL_RUNNING, 0),
};

/** The facts of a start that is given up, with an error, where upstream's waits for ever. */
export const givesUp: Place["facts"] = {
  "order": goesOnWith("delete", "delete.end", "exit_eof~shim_exit"),
  "runtime_calls/extra": isCall("delete"),
  "shim_exit": becomes(STILL_RUNNING, 1),
  [LOG]: alsoLogs("error"),
};

/** The facts of a start that is refused, with an error, where upstream's starts. */
export const notStarted: Place["facts"] = {
  "files/(exitStatus|pid)": isAbsent,
  "runtime_calls/\\d": isNoCallAtAll,
  "order": ({ ours }) => isSame(ours, ["exit_eof~shim_exit"]),
  "shim_exit": becomes(0, 1),
  [LOG]: alsoLogs("error"),
};

/** The facts of a whole life where upstream's does not start. */
export const livesAndEnds: Place["facts"] = {
  "files/exitStatus": isExitStatus,
  "files/pid": isPid,
  "order": isWholeLife,
  "runtime_calls/extra": isCall("create", "start", "kill", "delete"),
  "shim_exit": becomes(1, 0),
  [LOG]: becomes(["error"], []),
};

/** Upstream's messages and then one error, or some warnings. */
export function alsoLogs(level: "warn" | "error"): Matcher {
  return ({ upstream, ours }) => {
    const before = list(upstream);
    const more = list(ours).slice(before.length);
    return isSame(ours, [...before, ...more]) && more.length > 0 &&
      more.every((one) => one === level) &&
      (level === "warn" || more.length === 1);
  };
}

export function becomes(theirs: unknown, better: unknown): Matcher {
  return ({ upstream, ours }) =>
    isSame(upstream, theirs) && isSame(ours, better);
}

export function isCall(...commands: string[]): Matcher {
  return ({ upstream, ours }) =>
    upstream === undefined &&
    commands.includes(String((ours as { cmd: unknown }).cmd));
}

/** Nothing was called, so that this call was not either. */
export function isNoCallAtAll(_: Difference, { ours }: Seen): boolean {
  return list(ours.runtime_calls).length === 0;
}

export function isAbsent({ ours }: Difference): boolean {
  return ours === undefined;
}

export function isExitStatus({ upstream, ours }: Difference): boolean {
  const { content, mode } = ours as Record<string, unknown>;
  return upstream === undefined && mode === "0644" &&
    /^\d+$/.test(String(content));
}

export function isPid({ upstream, ours }: Difference): boolean {
  const { content } = ours as Record<string, unknown>;
  return upstream === undefined && content === "$INITPID";
}

/** A container that lived and ended as it should. */
function isWholeLife({ ours }: Difference): boolean {
  const starts = [["create", "create.end"], ["start", "start.end"]];
  return starts.some((names) =>
    ENDINGS.some((ending) => isSame(ours, [...names, ...ending]))
  );
}

/** Upstream's order and then exactly these. */
function goesOnWith(...names: string[]): Matcher {
  return ({ upstream, ours }) => isSame(ours, [...list(upstream), ...names]);
}

/** Upstream's order, which stops somewhere, goes on to a normal end. */
function goesOnToEnd({ upstream, ours }: Difference): boolean {
  const before = list(upstream).filter((name) => name !== "exit_eof");
  const rest = list(ours).slice(before.length);
  return isSame(ours, [...before, ...rest]) &&
    ENDINGS.some((names) => isSame(rest, names.slice(-rest.length)));
}

export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
