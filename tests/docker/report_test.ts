import assert from "node:assert/strict";
import { type Outcome, unwanted } from "./outcome.ts";
import { report } from "./report.ts";
import { withoutIds } from "./step.ts";

const done = (facts: Record<string, unknown>, seconds = 1): Outcome => ({
  kind: "done",
  facts,
  seconds,
});
const failed: Outcome = { kind: "failed", why: "one\ntwo", seconds: 2 };
const notTried: Outcome = { kind: "not tried", why: "it is dead" };

Deno.test("report() has both times, what came of it, and where it differs", () => {
  const text = report([
    { name: "a", theirs: done({ x: 1, y: 2 }), ours: done({ y: 2, x: 1 }, 2) },
    { name: "b", theirs: done({ x: 1 }), ours: done({ x: [1], z: 0 }) },
    { name: "c", theirs: done({}), ours: failed },
    { name: "d", theirs: failed, ours: failed },
    { name: "e", theirs: done({}), ours: notTried },
  ]);
  assert.equal(
    text,
    `| step | the bundle's shim |           ours |         |
| :--- | ----------------: | -------------: | :------ |
| a    |            1.00 s |         2.00 s | same    |
| b    |            1.00 s |         1.00 s | DIFFERS |
| c    |            1.00 s | failed, 2.00 s | DIFFERS |
| d    |    failed, 2.00 s | failed, 2.00 s | fails   |
| e    |            1.00 s |      not tried | DIFFERS |

b: DIFFERS
  x
    the bundle's shim  1
    ours               [1]
  z
    the bundle's shim  nothing
    ours               0

c: DIFFERS
  the bundle's shim  as it has to be
  ours               one
                     two

d: fails
  the bundle's shim  one
                     two
  ours               one
                     two

Not tried with ours: it is dead

1 of 5 steps came out the same with both shims.`,
  );
});

Deno.test("unwanted() names what is not as it has to be", () => {
  const step = { name: "", wanted: { code: 7, list: [1, 2] }, play: null! };
  assert.equal(unwanted(step, { code: 7, list: [1, 2], more: 1 }), undefined);
  assert.equal(
    unwanted(step, { list: [1] }),
    "code: expected 7, found nothing\nlist: expected [1,2], found [1]",
  );
});

Deno.test("withoutIds() leaves out the ids of containers, long and short", () => {
  const text = `${"0a".repeat(32)} is 0a0a0a0a0a0a, not 0a0a0a or ${
    "0a".repeat(8)
  }`;
  assert.equal(
    withoutIds(text),
    `<id> is <id>, not 0a0a0a or ${"0a".repeat(8)}`,
  );
});
