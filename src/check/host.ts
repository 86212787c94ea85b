import { environmentVariable } from "../../ffi/environment.ts";
import { open } from "../../ffi/fd.ts";
import { openUnnamed } from "../../ffi/file.ts";
import { missingSymbols } from "../../ffi/libc.ts";
import { loadedMachineCode } from "../../ffi/machine_code.ts";
import { identify, mayWriteInto, workingDirectory } from "../../ffi/path.ts";
import { glibcVersion } from "../../ffi/probe.ts";
import { becomeSubreaper } from "../../ffi/process.ts";
import { openPty, openSlave, type Pty } from "../../ffi/pty.ts";
import { textToBytes } from "../../ffi/text.ts";
import { SOCKET_PATH_MAX } from "../../ffi/unix_socket.ts";
import {
  GENERATION_VARIABLE,
  parseGeneration,
  parseSpoolSetting,
  SPOOL_VARIABLE,
} from "../daemon/settings.ts";
import {
  SOCKET_NAME_MAX,
  socketDirectories,
} from "../streams/console_socket.ts";
import type { HostFacts, Probe } from "./facts.ts";
import { parseLimits, parseOvercommit, parseOwnMemory } from "./limits.ts";

/**
 * Tries what the shim needs of this machine. Whatever is made for that (pipes,
 * a pty, unnamed files) belongs to this process and is gone with it.
 */
export function probeHost(): HostFacts {
  return {
    architecture: Deno.build.arch,
    kernel: Deno.osRelease(),
    missingSymbols: missingSymbols(),
    glibc: attempt(glibcVersion),
    subreaper: attempt(() => {
      becomeSubreaper();
      return true;
    }),
    machineCode: attempt(() => {
      loadedMachineCode();
      return true;
    }),
    ...tryPty(),
    unnamedFile: attempt(() => tryUnnamedFile(".", workingDirectory())),
    nullDevice: attempt(() => {
      open("/dev/null", ["read"], '"/dev/null"').close();
      return true;
    }),
    limits: parseLimits(textOf("/proc/self/limits")),
    ownMemory: parseOwnMemory(textOf("/proc/self/status")),
    strictOvercommit: parseOvercommit(
      textOf("/proc/sys/vm/overcommit_memory"),
      textOf("/proc/meminfo"),
    ),
    socketDirectories: attempt(() =>
      [...new Set(socketDirectories())].map((path) => ({
        path,
        fault: faultOfSocketDirectory(path),
      }))
    ),
    spool: attempt(trySpool),
    generation: attempt(() => {
      const text = environmentVariable(GENERATION_VARIABLE) ?? "";
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

function tryPty(): Pick<HostFacts, "pty" | "slaveByMaster"> {
  let pair: Pty | undefined;
  const pty = attempt((): true => {
    pair = openPty();
    return true;
  });
  if (pair === undefined) {
    return {
      pty,
      slaveByMaster: { kind: "failed", reason: "there is no pty" },
    };
  }
  using _master = pair.master;
  using _slave = pair.slave;
  const { master } = pair;
  const slaveByMaster = attempt(() => {
    using slave = openSlave(master);
    return slave !== undefined;
  });
  return { pty, slaveByMaster };
}

function tryUnnamedFile(directory: string, name: string): string {
  openUnnamed(directory).close();
  return name;
}

/** @throws {Error} */
function trySpool(): string {
  const setting = environmentVariable(SPOOL_VARIABLE) ?? "";
  const spool = parseSpoolSetting(setting);
  if (spool !== undefined) tryUnnamedFile(spool.directory, spool.directory);
  return setting;
}

function faultOfSocketDirectory(path: string): string | undefined {
  const length = textToBytes(path).length + SOCKET_NAME_MAX;
  if (length > SOCKET_PATH_MAX) {
    return `its name is too long by ${length - SOCKET_PATH_MAX} bytes`;
  }
  const found = identify(path);
  if (found === undefined) return "it does not exist";
  if (found.kind !== "directory") return "it is not a directory";
  return mayWriteInto(path) ? undefined : "it may not be written into";
}
