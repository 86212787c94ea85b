import type { Waiting } from "../daemon/fifo.ts";
import type { SpoolSetting } from "../daemon/settings.ts";
import type { EventLoop } from "../loop/event_loop.ts";
import { Spool } from "./spool.ts";

/** The paths in process.json, and who owns what the container is given. */
export interface StdioSource {
  stdin: string;
  stdout: string;
  stderr: string;
  rootUid: number;
  rootGid: number;
  /** Whether the daemon has to read before a container starts. */
  reader: "needed" | "not needed";
}

/** What the relays of a container have in common. */
export interface Relaying {
  loop: EventLoop;
  /** For opening the daemon's ends. */
  waiting: Waiting;
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
