import { processorTime } from "../../ffi/clock.ts";
import type { EventLoop } from "../loop/event_loop.ts";
import { Allowance, LIMITS } from "../loop/limits.ts";
import { type Holder, searchHolders } from "../processes/holders.ts";
import type { Stdio } from "./stdio.ts";

/**
 * What looking for the reason may take, in milliseconds of processor time: at
 * once, before everything else has its turn, and altogether. It is only for
 * the log.
 */
const SLICE = 2;
const BUDGET = 100;

/**
 * Waits until all output is delivered, however long somebody holds it open or
 * does not read it. Whoever wonders why finds it in the log.
 *
 * @param namespace the container's own pid namespace, if it has one
 */
export function drain(
  stdio: Stdio,
  loop: EventLoop,
  namespace: string | undefined,
  warn: (message: string) => void,
): void {
  const drained = () => stdio.drained;
  if (loop.runUntil(drained, new Allowance(LIMITS.explanation))) return;
  const reason = stdio.undelivered
    ? "its output waits for the daemon, which does not read it"
    : heldOpenBy(stdio, loop, namespace);
  if (drained()) return;
  warn(`The container has ended, but ${reason}`);
  loop.runUntil(drained);
}

/** Whatever happens while it looks, the output is still waited for. */
function heldOpenBy(
  stdio: Stdio,
  loop: EventLoop,
  namespace: string | undefined,
): string {
  try {
    return reasonFor(lookForHolders(stdio, loop, namespace));
  } catch (error) {
    return `who holds its output open is unknown: ${(error as Error).message}`;
  }
}

/** Looks on as long as the output has not ended by itself, but not for long. */
function lookForHolders(
  stdio: Stdio,
  loop: EventLoop,
  namespace: string | undefined,
): Holder[] {
  const found: Holder[] = [];
  const search = searchHolders(stdio.outputs, found, namespace);
  try {
    for (let spent = 0; spent < BUDGET && !stdio.drained;) {
      const start = processorTime();
      const used = () => processorTime() - start;
      while (used() < SLICE) {
        if (search.next().done) return found;
      }
      spent += used();
      loop.turn(0);
    }
    return found;
  } finally {
    search.return();
  }
}

function reasonFor(holders: readonly Holder[]): string {
  if (holders.length === 0) {
    return "its output is held open by a process that was not found";
  }
  const names = holders.slice(0, 5).map(({ pid, name }) =>
    `process ${pid} (${name})`
  );
  if (holders.length > 5) names.push(`${holders.length - 5} more`);
  return `its output is held open by ${names.join(", ")}`;
}
