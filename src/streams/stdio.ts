import type { EventLoop } from "../loop/event_loop.ts";
import type { PipedStdio } from "./pipes.ts";
import { Spool, type SpoolSetting } from "./spool.ts";
import type { TerminalStdio } from "./terminal.ts";

/** The paths in process.json, and who owns what the container is given. */
export interface StdioSource {
  stdin: string;
  stdout: string;
  stderr: string;
  rootUid: number;
  rootGid: number;
}

/** What the container's streams are made of and where they go. */
export type Stdio = PipedStdio | TerminalStdio;

/** What the relays of a container have in common. */
export interface Relaying {
  loop: EventLoop;
  spool: SpoolSetting | undefined;
  warn: (message: string) => void;
}

/** A spool for one stream if there is to be one; it goes with its owner. */
export function spoolFor(
  { spool: setting, warn }: Relaying,
  owned: DisposableStack,
): Spool | undefined {
  if (setting === undefined) return undefined;
  const spool = new Spool(setting, warn);
  owned.defer(() => spool.close());
  return spool;
}
