import assert from "node:assert/strict";
import { canBegin, namesIn, testNames } from "../support/test_names.ts";
import { LOST } from "./aarch64_lost.ts";
import type { Listed } from "./listed.ts";
import { BEFORE_2_7, UNDER_THE_CLI } from "./not_applicable.ts";
import { COSTS } from "./old_kernel_costs.ts";

/** The beginning of a name that a pattern stands for; `.*` is "…". */
function beginningOf(pattern: RegExp): string {
  const found = /^\^((?:[^\\^$*+?.()|[\]{}]|\\\W|\.\*)+)\$?$/
    .exec(pattern.source);
  assert.ok(found, `${pattern} is not the beginning of a name`);
  return found[1].replaceAll(".*", "…").replaceAll(/\\(\W)/g, "$1");
}

const LISTS: Record<string, readonly Listed[]> = {
  UNDER_THE_CLI,
  BEFORE_2_7,
  COSTS,
  LOST,
};

for (const [name, list] of Object.entries(LISTS)) {
  Deno.test(`${name}: each test in it exists`, () => {
    const tests = testNames();
    assert.ok(tests.length > 500, `${tests.length}`);
    const unknown = list.map(([pattern]) => beginningOf(pattern))
      .filter((beginning) => !tests.some((test) => canBegin(beginning, test)));
    assert.deepEqual(unknown, []);
  });
}

Deno.test("a test that is listed wrongly is found", () => {
  const tests = namesIn(
    'const ROWS = ["new", "old"];\nDeno.test(`(${row}) way: it works`, f);\n' +
      'Deno.test("plain text", f);',
  );
  const isListed = (pattern: RegExp) =>
    tests.some((test) => canBegin(beginningOf(pattern), test));
  for (
    const pattern of [/^\(new\) way/, /^\(.*\) way: it/, /^\(old/, /^plain/]
  ) assert.ok(isListed(pattern), `${pattern}`);
  for (const pattern of [/^\(odd\) way/, /^\(new\) road/, /^plain text it/]) {
    assert.ok(!isListed(pattern), `${pattern}`);
  }
});
