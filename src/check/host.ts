import { enlargePipe, pipe, setNonblocking } from "../../ffi/fd.ts";
import { openUnnamed } from "../../ffi/file.ts";
import { glibcVersion, mayWriteInto, pipeCapacity } from "../../ffi/probe.ts";
import { becomeSubreaper } from "../../ffi/process.ts";
import { openPty, openSlave } from "../../ffi/pty.ts";
import { childEventsTaken } from "../../ffi/signals.ts";
import { splice, write } from "../../ffi/transfer.ts";
import { SOCKET_PATH_MAX } from "../../ffi/unix_socket.ts";
import type { HostFacts, Probe } from "./facts.ts";
import {
  SOCKET_NAME_MAX,
  socketDirectories,
} from "../streams/console_socket.ts";
import { findSetpriv } from "../runtime/parent_death.ts";
import {
  GENERATION_VARIABLE,
  parseGeneration,
  parseSpoolSetting,
  SPOOL_VARIABLE,
} from "../daemon/settings.ts";

/**
 * Tries what the shim needs of this machine. Whatever is made for that (pipes,
 * a pty, unnamed files) belongs to this process and is gone with it.
 */
export function probeHost(): HostFacts {
  // Before anything else takes the lowest free descriptor.
  const childEventsFree = !childEventsTaken();
  return {
    architecture: Deno.build.arch,
    kernel: Deno.osRelease(),
    glibc: attempt(glibcVersion),
    subreaper: attempt(() => {
      becomeSubreaper();
      return true;
    }),
    childEventsFree,
    splice: attempt(trySplice),
    pipes: {
      capacity: attempt(tryLargePipe),
      maxSize: numberOf("/proc/sys/fs/pipe-max-size"),
      userPagesSoft: numberOf("/proc/sys/fs/pipe-user-pages-soft"),
      userPagesHard: numberOf("/proc/sys/fs/pipe-user-pages-hard"),
    },
    ...tryPty(),
    unnamedFile: attempt(() => tryUnnamedFile(".", Deno.cwd())),
    openFiles: openFileLimit(textOf("/proc/self/limits")),
    setpriv: findSetpriv(),
    socketDirectories: [...new Set(socketDirectories())].map((path) => ({
      path,
      fault: faultOfSocketDirectory(path),
    })),
    spool: attempt(trySpool),
    generation: attempt(() => {
      const text = Deno.env.get(GENERATION_VARIABLE) ?? "";
      parseGeneration(text);
      return text;
    }),
  };
}

function attempt<T>(action: () => T): Probe<T> {
  try {
    return { kind: "ok", value: action() };
  } catch (error) {
    return { kind: "failed", reason: (error as Error).message };
  }
}

function textOf(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

function numberOf(path: string): number | undefined {
  const text = textOf(path).trim();
  return /^[0-9]+$/.test(text) ? Number(text) : undefined;
}

/** The soft limit of open files in /proc/<pid>/limits. */
export function openFileLimit(limits: string): number | undefined {
  const soft = /^Max open files +(\S+)/m.exec(limits)?.[1];
  if (soft === "unlimited") return Infinity;
  return soft === undefined ? undefined : Number(soft);
}

function trySplice(): true {
  using owned = new DisposableStack();
  const [first, second] = ["first", "second"].map((name) => {
    const ends = pipe(name);
    owned.use(ends.readEnd);
    owned.use(ends.writeEnd);
    return ends;
  });
  setNonblocking(first.writeEnd);
  write(first.writeEnd, new Uint8Array(1));
  const moved = splice(first.readEnd, second.writeEnd, 1n);
  if (moved !== 1) throw new Error(`Cannot splice: it returned ${moved}`);
  return true;
}

/** What the shim asks for when a stream is busy, in bytes. */
export const LARGE_PIPE = 1 << 20;

function tryLargePipe(): number {
  const { readEnd, writeEnd } = pipe("large");
  using _reading = readEnd;
  using _writing = writeEnd;
  enlargePipe(writeEnd, LARGE_PIPE);
  return pipeCapacity(writeEnd);
}

function tryPty(): Pick<HostFacts, "pty" | "slaveByMaster"> {
  let master: ReturnType<typeof openPty>["master"] | undefined;
  const pty = attempt((): true => {
    master = openPty().master;
    return true;
  });
  if (master === undefined) {
    return {
      pty,
      slaveByMaster: { kind: "failed", reason: "there is no pty" },
    };
  }
  using _master = master;
  const slave = openSlave(master);
  slave?.close();
  return { pty, slaveByMaster: { kind: "ok", value: slave !== undefined } };
}

function tryUnnamedFile(directory: string, name: string): string {
  openUnnamed(directory).close();
  return name;
}

/** @throws {Error} */
function trySpool(): string {
  const setting = Deno.env.get(SPOOL_VARIABLE) ?? "";
  const spool = parseSpoolSetting(setting);
  if (spool !== undefined) tryUnnamedFile(spool.directory, spool.directory);
  return setting;
}

function faultOfSocketDirectory(path: string): string | undefined {
  const length = new TextEncoder().encode(path).length + SOCKET_NAME_MAX;
  if (length > SOCKET_PATH_MAX) {
    return `its name is too long by ${length - SOCKET_PATH_MAX} bytes`;
  }
  try {
    if (!Deno.statSync(path).isDirectory) return "it is not a directory";
  } catch {
    return "it does not exist";
  }
  return mayWriteInto(path) ? undefined : "it may not be written into";
}
