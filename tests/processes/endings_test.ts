import assert from "node:assert/strict";
import type { Ending } from "../../ffi/process.ts";
import { Endings } from "../../src/processes/endings.ts";

/** Both ends of a page, and the largest number that there is (proc(5)). */
const PIDS = [1, 2047, 2048, 4_194_303];

const ENDINGS: Ending[] = [
  ...Array.from(
    { length: 256 },
    (_, code) => ({ kind: "exited", code }) as const,
  ),
  ...Array.from(
    { length: 64 },
    (_, i) => ({ kind: "signaled", signal: i + 1 }) as const,
  ),
];

Deno.test("Endings keeps every ending, the latest of each number", () => {
  const endings = new Endings();
  for (const pid of PIDS) assert.equal(endings.get(pid), undefined);
  for (const ending of ENDINGS) {
    for (const pid of PIDS) endings.set(pid, ending);
    for (const pid of PIDS) assert.deepEqual(endings.get(pid), ending);
  }
});

Deno.test("Endings: a number that is forgotten takes no other with it", () => {
  const endings = new Endings();
  for (const pid of PIDS) endings.set(pid, { kind: "exited", code: 0 });
  for (const [i, pid] of PIDS.entries()) {
    endings.delete(pid);
    const known = PIDS.filter((each) => endings.get(each) !== undefined);
    assert.deepEqual(known, PIDS.slice(i + 1));
  }
  endings.delete(3_000_000);
});
