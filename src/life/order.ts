import type { CheckpointConfig } from "../daemon/checkpoint.ts";
import type { EventLoop } from "../loop/event_loop.ts";
import type { Reaper } from "../processes/reaper.ts";
import type { CallContext } from "../runtime/argv.ts";
import type { Runtime } from "../runtime/calls.ts";

/** All that starting, and ending, a container process needs. */
export interface Order {
  runtime: Runtime;
  loop: EventLoop;
  reaper: Reaper;
  context: CallContext;
  checkpoint: CheckpointConfig | undefined;
  /** The setting that forces a generation, if there is one. */
  forced: string | undefined;
  warn: (message: string) => void;
  error: (message: string) => void;
}

/** Does what nothing else may depend on: if it fails, that is logged. */
export function guarded(
  step: string,
  { error: log }: Order,
  action: () => void,
): void {
  try {
    action();
  } catch (error) {
    log(`Unexpected error at "${step}": ${(error as Error).message}`);
  }
}
