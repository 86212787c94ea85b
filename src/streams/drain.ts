import type { EventLoop } from "../loop/event_loop.ts";
import { explainDrain } from "../processes/holders.ts";
import type { Stdio } from "./stdio.ts";

/** After how long the shim says why it still waits for output, in ms. */
const PATIENCE = 1_000;
/**
 * What may stay unread in a FIFO when the shim leaves, in bytes: what a FIFO
 * holds by default. If nobody reads it, that is lost; more must not be.
 */
const LEFT_UNREAD = 65_536;
/**
 * How often to look whether the daemon has read more than that, in ms: soon at
 * first, rarely when it stays away.
 */
const FIRST_PAUSE = 20;
const LONGEST_PAUSE = 2_000;

/**
 * Waits until all output is delivered, however long somebody holds it open or
 * does not read it. Whoever wonders why finds it in the log.
 */
export function drain(
  stdio: Stdio,
  loop: EventLoop,
  warn: (message: string) => void,
): void {
  if (deliver(stdio, loop, performance.now() + PATIENCE)) return;
  warn(`The container has ended, but ${explainDrain(stdio)}`);
  deliver(stdio, loop, Infinity);
}

/** @returns false when the deadline passed first */
function deliver(stdio: Stdio, loop: EventLoop, deadline: number): boolean {
  if (!loop.runUntil(() => stdio.drained, deadline)) return false;
  let pause = FIRST_PAUSE;
  while (stdio.unread > LEFT_UNREAD) {
    if (performance.now() >= deadline) return false;
    // That the daemon has read something is no event: look again.
    loop.runUntil(() => false, performance.now() + pause);
    pause = Math.min(pause * 1.2, LONGEST_PAUSE);
  }
  return true;
}
