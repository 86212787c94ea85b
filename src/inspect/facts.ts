import type { Transfers } from "../processes/proc_text.ts";

/** A process as /proc shows it. */
export interface ProcessFacts {
  pid: number;
  parent: number;
  state: string;
  argv: string[];
  /** The arguments on one line, or the name if there are none. */
  command: string;
  /** When it started, in milliseconds since 1970; undefined if unknown. */
  since: number | undefined;
}

/** A process that has a file open. */
export interface Holder {
  pid: number;
  command: string;
  fds: number[];
  reads: boolean;
  writes: boolean;
  /** It stands still because a pipe that it writes to is full. */
  blockedByPipe: boolean;
}

export type StreamName = "stdin" | "stdout" | "stderr";

/** A FIFO (or what is in its place) between the daemon and the shim. */
export interface ChannelFacts {
  name: "exit" | "control" | StreamName;
  path: string;
  type: "FIFO" | "not a FIFO" | "missing";
  holders: Holder[];
}

/** A pipe or the terminal between the shim and the container. */
export interface LinkFacts {
  name: StreamName | "terminal" | "runtime output" | "unknown";
  /** `pipe:[1234]` or `/dev/pts/4` */
  object: string;
  holders: Holder[];
}

/** An entry of shim-log.json or log.json. */
export interface LogEntry {
  level: string;
  message: string;
  time?: string;
}

/** A log, or why it cannot be read. */
export type LogFacts =
  | { kind: "missing" }
  | { kind: "unreadable"; reason: string }
  | {
    kind: "entries";
    /** The last ones. */
    entries: LogEntry[];
    /** What the first error of all says: the daemon takes that for the reason. */
    firstError: string | undefined;
  };

/** What the shim was told to do. */
export interface OrderFacts {
  id: string;
  bundle: string;
  runtime: string;
}

/** What process.json says. */
export interface RequestFacts {
  exec: boolean;
  terminal: boolean;
  runtimeArgs: string[];
}

/** Everything that can be seen of a shim without touching anything. */
export interface Facts {
  directory: string;
  /** `removed`: a shim is in it that has outlived its name. */
  directoryIs: "there" | "removed" | "missing" | "unreadable";
  /** A directory below this one that looks more like a state directory. */
  suggestion: string | undefined;
  /** Whether it is root that looks. */
  asRoot: boolean;
  /** Processes that may not be looked into. */
  hidden: number;
  /** Those of them that may be the shim, by their arguments. */
  hiddenShims: number;
  shim: (ProcessFacts & OrderFacts) | undefined;
  transfers: Transfers | undefined;
  /** process.json, or what is wrong with it. */
  request: RequestFacts | { error: string } | undefined;
  /** The content of `pid`, if it is a number. */
  pid: number | undefined;
  /** The process of that number, if it can be the container's. */
  container: ProcessFacts | undefined;
  /** The content of `exitStatus`; "" if the file is empty. */
  exitStatus: string | undefined;
  /** The shim's other children. */
  children: ProcessFacts[];
  channels: ChannelFacts[];
  links: LinkFacts[];
  shimLog: LogFacts;
  runtimeLog: LogFacts;
}
