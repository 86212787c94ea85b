import { type Footprint, footprint, sleeps } from "./process_costs.ts";

/** Lets time pass. A measurement that takes time is the one use of this. */
export function pass(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Looks again and again until what it sees has been the same for a while.
 *
 * @throws {Error} when that takes longer than `limit`
 */
async function untilSame<T>(
  look: () => T,
  same: (a: T, b: T) => boolean,
  times: { every: number; stable: number; limit: number },
): Promise<T> {
  const deadline = performance.now() + times.limit;
  let seen = look();
  let since = performance.now();
  while (performance.now() - since < times.stable) {
    if (performance.now() > deadline) {
      throw new Error(`Not stable within ${times.limit / 1000} s`);
    }
    await pass(times.every);
    const now = look();
    if (!same(seen, now)) [seen, since] = [now, performance.now()];
  }
  return seen;
}

/** Waits until a process has nothing left to do for now. */
export async function untilAtRest(pid: number): Promise<void> {
  await untilSame(() => sleeps(pid), (a, b) => a === b, {
    every: 10,
    stable: 50,
    limit: 10_000,
  });
}

/**
 * Waits until processes keep what they keep.
 *
 * @param stable for how long their figures must not change, in milliseconds
 * @returns the figures
 */
export function untilIdle(
  pids: readonly number[],
  stable: number,
): Promise<Footprint[]> {
  const look = () => pids.map(footprint);
  return untilSame(look, sameFootprints, {
    every: 250,
    stable,
    limit: 60_000,
  });
}

/** Another process may map or leave a shared page at any time. */
const UNCERTAINTY = 64; // kB

function sameFootprints(a: Footprint[], b: Footprint[]): boolean {
  return a.every((one, i) =>
    Math.abs(one.rss - b[i].rss) <= UNCERTAINTY &&
    Math.abs(one.privateDirty - b[i].privateDirty) <= UNCERTAINTY
  );
}
