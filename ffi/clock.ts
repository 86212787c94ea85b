import { CLOCK_REALTIME } from "./constants.ts";
import { check } from "./errno.ts";
import { timespec } from "./layout.ts";
import { libc } from "./libc.ts";

/** The wall clock in nanoseconds since 1970, as clock_gettime(2) tells. */
export function realtimeNanoseconds(): bigint {
  const buffer = new Uint8Array(timespec.size);
  check(
    libc.clock_gettime(CLOCK_REALTIME, buffer),
    "clock_gettime",
    "read the clock",
  );
  const view = new DataView(buffer.buffer);
  return view.getBigInt64(timespec.seconds, true) * 1_000_000_000n +
    view.getBigInt64(timespec.nanoseconds, true);
}
