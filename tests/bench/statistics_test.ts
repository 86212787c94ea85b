import assert from "node:assert/strict";
import { differences, ratios, summarize } from "./statistics.ts";

Deno.test("summarize() interpolates quartiles and sorts numbers as numbers", () => {
  assert.deepEqual(summarize([10, 9, 1, 2]), {
    count: 4,
    min: 1,
    p25: 1.75,
    median: 5.5,
    p75: 9.25,
    max: 10,
  });
  assert.equal(summarize([7]).p75, 7);
  assert.throws(() => summarize([]), RangeError);
});

Deno.test("ratios() and differences() go pair by pair", () => {
  assert.deepEqual(ratios([2, 9, 5], [1, 3]), [2, 3]);
  assert.deepEqual(ratios([0, 4], [0, 2]), [2]);
  assert.deepEqual(differences([2, 9], [1, 10]), [1, -1]);
});
