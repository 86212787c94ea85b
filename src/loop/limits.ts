/**
 * Every limit of time there is, in milliseconds, and why. They count only the
 * time in which this program could run, and when one is over, what has arrived
 * by then is looked at first (`EventLoop.runUntil`): a shim or a machine that
 * stood still has missed nothing.
 */
export const LIMITS = {
  /**
   * For the daemon to open its end of `exit`, and once more for stdout and
   * stderr together. Upstream's limit for stdio, which here also holds for
   * `exit`: a daemon that has died will never come.
   */
  reader: 15_000,
  /** For the terminal to arrive once the runtime has said that all is well. */
  console: 15_000,
  /** For the runtime's kill or delete. The daemon waits meanwhile. */
  cleanUp: 30_000,
  /**
   * And to be gone when it was killed after that. What hangs in a system call
   * (of a file system that does not answer) may never be.
   */
  killedCall: 5_000,
  /** For the last words of a start that has failed: nobody else waits. */
  lastWords: 5_000,
  /** For the killed to end; after that those that have appeared are killed. */
  killed: 500,
  /**
   * How often to look whether init can still become a child of the shim.
   * There is no event for that, but it is over after a moment.
   */
  kinship: 500,
  /** For output to end by itself; then the log says who holds it open. */
  explanation: 1_000,
  /** How long the daemon may not read before a spool takes what comes. */
  fullSink: 50,
  /** Without any event for so long, memory is given back. */
  quiet: 1_000,
  /** What the start has left is given back by then, quiet or not. */
  settled: 5_000,
  /** After little work that is done again after a while, this at most. */
  betweenReleases: 16_000,
} as const;

/**
 * How much longer something may take. Waits for the same thing share one, so
 * that they have the time together.
 */
export class Allowance {
  /** @param left in milliseconds */
  constructor(public left: number) {}
}
