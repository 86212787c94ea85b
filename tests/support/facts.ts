import { posix } from "node:path";
import type { Call, Descriptor } from "./calls.ts";
import { readable, sha256 } from "./normalise.ts";
import type { Event } from "./timeline.ts";

/** A file of the state directory, without what differs from run to run. */
export interface FileFact {
  type: "file" | "fifo" | "dir" | "symlink" | "socket";
  /** Permissions as four octal digits; not for process.json. */
  mode?: string;
  /** Not for process.json. Long content is a size and a hash. */
  content?: string | { len: number; sha256: string };
}

/** Text up to 1500 bytes; more of it as size and hash. */
export function blob(
  bytes: Uint8Array,
  normalise: (text: string) => string,
): string | { len: number; sha256: string } {
  return bytes.length > 1500
    ? { len: bytes.length, sha256: sha256(bytes) }
    : normalise(readable(bytes));
}

/** Everything below `directory`, by its path from there. */
export function describeFiles(
  directory: string,
  init: string | undefined,
  normalise: (text: string) => string,
): Record<string, FileFact> {
  const found: Record<string, FileFact> = {};
  for (const path of walk(directory)) {
    const name = posix.relative(directory, path);
    found[name] = describe(path, name, init, normalise);
  }
  return found;
}

function walk(directory: string): string[] {
  const entries = [...Deno.readDirSync(directory)];
  return entries.flatMap((entry) => {
    const path = `${directory}/${entry.name}`;
    return entry.isDirectory ? [path, ...walk(path)] : [path];
  }).sort();
}

function describe(
  path: string,
  name: string,
  init: string | undefined,
  normalise: (text: string) => string,
): FileFact {
  const st = Deno.lstatSync(path);
  const mode = (st.mode! & 0o7777).toString(8).padStart(4, "0");
  if (st.isFifo) return { mode, type: "fifo" };
  if (st.isDirectory) return { mode, type: "dir" };
  if (st.isSymlink) return { mode, type: "symlink" };
  if (st.isSocket) return { mode, type: "socket" };
  if (name === "process.json") return { type: "file" };
  const content = blob(Deno.readFileSync(path), normalise);
  if (typeof content !== "string" || !init || init.length < 3) {
    return { mode, type: "file", content };
  }
  const named = content
    .replaceAll(RegExp(`(?<![1-9])(0*)${init}(?!\\d)`, "g"), "$1$$INITPID")
    .replaceAll(
      RegExp(`0x${Number(init).toString(16)}\\b`, "g"),
      "0x<INITPID as hex>",
    );
  return { mode, type: "file", content: named };
}

/** A moment in the life of a shim, with the time in milliseconds. */
export interface Moment {
  t: number;
  name: string;
}

/**
 * Puts runtime calls, the exit status file, the end of `exit` and the end of
 * the shim in order. The harness may see things late, so where there is proof
 * it counts and not the clock:
 *
 * - a runtime call that found exitStatus written came after it,
 * - a runtime call that found the shim without the `exit` FIFO came after
 *   its end,
 * - the closing of exitStatus and the last closing of `exit` by a writer are
 *   events of one inotify queue, whose order is the kernel's.
 */
export function moments(
  events: readonly Event[],
  calls: readonly Call[],
  exitFifo: string,
): Moment[] {
  const found: Moment[] = [];
  for (const call of calls) {
    found.push({ t: call.t, name: call.cmd });
    if (call.tEnd) found.push({ t: call.tEnd, name: `${call.cmd}.end` });
  }
  const gone = events.find(({ what }) => what === "shim_exit");
  if (gone) found.push({ t: gone.t, name: "shim_exit" });

  const after = calls.filter(({ cmd }) => cmd === "kill" || cmd === "delete");
  const closed = (file: string) => (e: Event) =>
    e.what === "close_write" && e.name === file;
  const statusAt = events.findIndex(closed("exitStatus"));
  const exitAt = events.findLastIndex(closed("exit"));
  let status = earliest(
    events[statusAt]?.t,
    after.filter((call) => call.exitStatus),
  );
  let eof = earliest(
    events.find(({ what, name }) => what === "eof" && name === "exit")?.t,
    after.filter((call) => lacks(call, exitFifo)),
  );
  if (status !== undefined && eof !== undefined && exitAt >= 0) {
    if (exitAt < statusAt) eof = Math.min(eof, status - A_LITTLE);
    else status = Math.min(status, eof - A_LITTLE);
  }
  if (status !== undefined) found.push({ t: status, name: "exitStatus" });
  if (eof !== undefined) found.push({ t: eof, name: "exit_eof" });
  return found.sort((a, b) => a.t - b.t);
}

/** Milliseconds that put something in front of what it is known to precede. */
const A_LITTLE = 1e-3;

function earliest(
  seen: number | undefined,
  proofs: readonly Call[],
): number | undefined {
  if (seen === undefined) return undefined;
  return Math.min(seen, ...proofs.map((call) => call.t - A_LITTLE));
}

function lacks(call: Call, path: string): boolean {
  return call.shimFds.length > 0 &&
    !call.shimFds.some(({ link }) => link === path);
}

/**
 * The names alone. A shim that closes `exit` and ends does both in no time,
 * and nobody can tell which is seen first: they are then one moment. But
 * something that is known to lie between the two keeps them apart.
 */
export function orderOf(moments: readonly Moment[]): string[] {
  const names = moments.map(({ name }) => name);
  const eof = names.indexOf("exit_eof"), gone = names.indexOf("shim_exit");
  if (eof < 0 || gone < 0) return names;
  if (Math.abs(moments[eof].t - moments[gone].t) >= 150) return names;
  const [first, last] = [Math.min(eof, gone), Math.max(eof, gone)];
  const between = names.slice(first + 1, last);
  if (between.length > 0 && eof < gone) return names;
  return [
    ...names.slice(0, first),
    ...between,
    "exit_eof~shim_exit",
    ...names.slice(last + 1),
  ];
}

/** The attributes of a runtime call that two runs have in common. */
export function describeCall(
  call: Call,
  shim: number | undefined,
  normalise: (text: string) => string,
): Record<string, unknown> {
  const who = (pid: number) =>
    pid === shim || pid === call.ppid
      ? "$SHIM_PID"
      : pid === call.pid
      ? "$SELF"
      : "other";
  const link = (text: string) => describeLink(text, normalise);
  return {
    cmd: call.cmd,
    argv: call.argv.map(normalise),
    execfn: normalise(call.execfn),
    cwd: normalise(call.cwd),
    env: call.env.map(normalise),
    ppid: who(call.ppid),
    pgid: who(call.pgid),
    sid_same_as_shim: call.sid === call.shimSid,
    pgid_same_as_shim: call.pgid === call.shimPgid,
    pdeathsig: call.pdeathsig,
    subreaper: call.subreaper,
    fds: describeFds(call.fds, link),
    status: call.status,
    nofile: call.limits[7],
    oom_score_adj: call.oomScoreAdj.trim(),
    nice: call.nice,
    sched: call.sched,
    exitStatus_at_start: call.exitStatus,
    init_state_at_start: call.initState,
    shim_fds: uniqueSorted(
      call.shimFds.map(({ link: text, flags }) => [link(text), flags]),
    ),
  };
}

/** A descriptor's link without numbers that differ from run to run. */
function describeLink(
  text: string,
  normalise: (text: string) => string,
): string {
  return normalise(text)
    .replace(/^(pipe|socket):\[?\d*\]?$/, "$1")
    .replace(/\/proc\/\d+\/fd/, "/proc/<PID>/fd");
}

function describeFds(
  fds: readonly Descriptor[],
  link: (text: string) => string,
): Record<string, unknown>[] {
  const seen = new Map<string, number>();
  return fds.map((d) => {
    const fact: Record<string, unknown> = {
      fd: d.fd < 3 ? d.fd : "extra",
      link: link(d.link),
      flags: d.flags,
      mode: d.mode,
      uid: d.uid,
      gid: d.gid,
    };
    if (/^(pipe|socket):/.test(d.link)) {
      const first = seen.get(d.link);
      if (first === undefined) seen.set(d.link, d.fd);
      else fact.same_as = first;
    }
    return fact;
  });
}

function uniqueSorted(rows: string[][]): string[][] {
  const texts = new Set(rows.map((row) => JSON.stringify(row)));
  return [...texts].sort().map((text) => JSON.parse(text));
}
