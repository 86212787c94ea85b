import type { ProcessState } from "../daemon/process_state.ts";
import { Pipes } from "../streams/pipes.ts";
import type { Relaying } from "../streams/relaying.ts";
import { Terminal } from "../streams/terminal.ts";
import { refusalOfCreate } from "./docker_1_11.ts";

/** What the container's streams are made of and where they go. */
export type Stdio = Pipes | Terminal;

/**
 * Opens the streams that process.json names.
 *
 * @throws {SystemError}
 * @throws {Error} when the daemon does not read its ends
 */
export function openStdio(
  state: ProcessState,
  reader: "needed" | "not needed",
  relaying: Relaying,
): Stdio {
  const source = { ...state, reader };
  return state.terminal
    ? new Terminal(source, relaying)
    : new Pipes(source, relaying, refusalOfCreate);
}
