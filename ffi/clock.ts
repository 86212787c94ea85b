import { CLOCK_PROCESS_CPUTIME_ID, CLOCK_REALTIME } from "./constants.ts";
import { check } from "./errno.ts";
import { timespec } from "./layout.ts";
import { libc } from "./libc.ts";

/** The wall clock in nanoseconds since 1970, as clock_gettime(2) tells. */
export function realtimeNanoseconds(): bigint {
  return nanoseconds(CLOCK_REALTIME);
}

/** The processor time that this process has used, in milliseconds. */
export function processorTime(): number {
  return Number(nanoseconds(CLOCK_PROCESS_CPUTIME_ID)) / 1e6;
}

function nanoseconds(clock: number): bigint {
  const buffer = new Uint8Array(timespec.size);
  check(libc.clock_gettime(clock, buffer), "clock_gettime", "read the clock");
  const view = new DataView(buffer.buffer);
  return view.getBigInt64(timespec.seconds, true) * 1_000_000_000n +
    view.getBigInt64(timespec.nanoseconds, true);
}
