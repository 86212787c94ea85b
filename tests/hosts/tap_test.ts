import assert from "node:assert/strict";
import { parseTap } from "./tap.ts";

Deno.test("parseTap() tells what passed, failed and was not run", () => {
  const text = `TAP version 14
# ./a_test.ts
ok 1 - one \\# two
not ok 2 - fails
  ---
  {"message":"Error: x\\nmore","severity":"fail"}
  ...
ok 3 - ignored # SKIP
# Subtest: steps
    not ok 1 - a step
    1..1
not ok 4 - steps
1..4error: Test failed
`;
  assert.deepEqual(parseTap(text), {
    passed: ["one # two"],
    failed: [
      { name: "fails", reason: "Error: x\nmore" },
      { name: "steps", reason: "" },
    ],
    notRun: ["ignored"],
  });
});

Deno.test("parseTap() takes no run for complete that is not", () => {
  assert.throws(() => parseTap("TAP version 14\nok 1 - one\n"), /their end/);
  assert.throws(() => parseTap("error: no such file"), /no such file/);
});
