import type { Behaviour } from "./behaviour.ts";

export type StateFifo = "exit" | "control";
export type IoFifo = "stdin" | "stdout" | "stderr";

/** What is there before the shim starts. */
export interface SetupOptions {
  /** The container: a shell text, an argument vector, or null for none. */
  init?: string | readonly string[] | null;
  runtime?: Behaviour;
  /** A shell script in front of the runtime: `wrapRuntime`. */
  wrap?: string;
  /** Laid over the usual process.json; `undefined` takes a key away. */
  process?: Record<string, unknown>;
  /** The whole text of process.json instead; null leaves the file out. */
  processJson?: string | Uint8Array | null;
  terminal?: boolean;
  stateFifos?: readonly StateFifo[];
  ioFifos?: readonly IoFifo[];
  /** What the daemon opens before the shim starts. */
  readers?: readonly (StateFifo | "stdout" | "stderr")[];
  /** False leaves the runtime's executable out. */
  installRuntime?: boolean;
}

/** The process.json of a plain `docker run` with its FIFOs in `io`. */
export function defaultProcess(
  io: string,
  terminal: boolean,
): Record<string, unknown> {
  return {
    terminal,
    user: { uid: 0, gid: 0 },
    args: ["sh"],
    env: ["PATH=/bin"],
    cwd: "/",
    exec: false,
    containerdStdin: `${io}/stdin`,
    containerdStdout: `${io}/stdout`,
    containerdStderr: `${io}/stderr`,
    runtimeArgs: null,
    noPivotRoot: false,
    checkpoint: "",
    rootUID: 0,
    rootGID: 0,
  };
}
