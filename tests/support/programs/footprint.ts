/** What ffi/footprint.ts leaves in memory, as facts to be judged. */
import { describeErrno } from "../../../ffi/errno.ts";
import { releaseMemory } from "../../../ffi/footprint.ts";
import { play } from "./stage.ts";

/** A figure of /proc/self/smaps_rollup, in kB. */
function kilobytes(figure: string): number {
  const text = Deno.readTextFileSync("/proc/self/smaps_rollup");
  return Number(new RegExp(`^${figure}: +(\\d+) kB$`, "m").exec(text)![1]);
}

await play({
  release() {
    const kept = Array.from({ length: 10_000 }, (_, i) => `number ${i}`);
    const bytes = new Uint8Array(1 << 20).fill(7);
    describeErrno(2);
    const before = kilobytes("Rss");
    releaseMemory();
    const after = kilobytes("Rss");
    releaseMemory();
    return {
      before,
      after,
      // What was touched before is still there: data, libc, this program.
      intact: kept.every((text, i) => text === `number ${i}`) &&
        bytes.every((byte) => byte === 7),
      words: describeErrno(2),
    };
  },
});
