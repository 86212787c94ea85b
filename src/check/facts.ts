import type { Limits, OwnMemory, StrictOvercommit } from "./limits.ts";

/** What trying something has come to. */
export type Probe<T> =
  | { kind: "ok"; value: T }
  | { kind: "failed"; reason: string };

/** What was found out about this machine. */
export interface HostFacts {
  architecture: string;
  /** As `uname -r` has it. */
  kernel: string;
  /** What the shim needs of the C library and is not there. */
  missingSymbols: string[];
  glibc: Probe<string>;
  subreaper: Probe<true>;
  /** Memory that can be executed. */
  machineCode: Probe<true>;
  /** A pty, and its slave by way of the master. */
  pty: Probe<true>;
  slaveByMaster: Probe<boolean>;
  /** An unnamed file in the current directory. */
  unnamedFile: Probe<string>;
  /** /dev/null for reading. */
  nullDevice: Probe<true>;
  limits: Limits;
  ownMemory: OwnMemory | undefined;
  /** Undefined where the kernel promises memory freely. */
  strictOvercommit: StrictOvercommit | undefined;
  /** The directories for the console socket, and why one cannot be used. */
  socketDirectories: Probe<{ path: string; fault: string | undefined }[]>;
  spool: Probe<string>;
  generation: Probe<string>;
}

/** What was found out about a runtime. */
export type RuntimeFacts =
  | { kind: "missing"; command: string; reason: string }
  | {
    kind: "found";
    command: string;
    path: string;
    /** The first line that it answers to `--version`. */
    version: Probe<string>;
    consoles: Probe<ConsoleFlags>;
    /** Those of its commands that are listed in its help. */
    commands: Probe<string[]>;
  };

/** Which flags for a terminal `create --help` names. */
export interface ConsoleFlags {
  socket: boolean;
  path: boolean;
}
