import assert from "node:assert/strict";
import { PROJECT } from "../support/build.ts";
import { partsOf, testNames } from "../support/test_names.ts";

const escape = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** A name that begins with a variable and says little else is any name. */
const LITTLE = 12;

/**
 * The name of a test in a source, which may be a template, as a pattern: what
 * varies may be cited as "…".
 */
function patternOf(parts: readonly string[]): RegExp {
  const isTelling = parts[0] !== "" || parts.join("").length >= LITTLE;
  return isTelling
    ? new RegExp(`^${parts.map(escape).join("(…|[^…]+)")}$`)
    : /(?!)/;
}

/** Whether a name, in which "…" stands for anything, is that of a test. */
function isTest(cited: string, tests: readonly RegExp[]): boolean {
  return tests.some((test) => test.test(cited));
}

/** What is cited as tests: last cells of tables headed so, and paragraphs. */
function citedIn(markdown: string): string[] {
  const spans = (text: string) =>
    [...text.matchAll(/`([^`]+)`/g)].map(([_, name]) => name);
  const cited: string[] = [];
  let isTable = false;
  for (const line of markdown.split("\n")) {
    const cells = line.split("|").map((cell) => cell.trim());
    if (cells.length < 3) isTable = false;
    else if (cells.at(-2) === "test") isTable = true;
    else if (isTable) cited.push(...spans(cells.at(-2)!));
  }
  for (const [_, text] of markdown.matchAll(/^Tests?: ([^]*?)\.\n/gm)) {
    cited.push(...spans(text));
  }
  return cited;
}

Deno.test("SECURITY.md: every test that it names exists", () => {
  const tests = testNames().map(({ parts }) => patternOf(parts));
  assert.ok(tests.length > 500, `${tests.length}`);
  const text = Deno.readTextFileSync(`${PROJECT}/SECURITY.md`);
  const cited = citedIn(text);
  assert.ok(cited.length > 40, `${cited.length}`);
  assert.deepEqual(cited.filter((name) => !isTest(name, tests)), []);
});

Deno.test("a test that is cited wrongly is found", () => {
  const template = "`a test of ${f({ x: `1` })} and no other`";
  const tests = ['"a {b} c"', template, "`${any}`"]
    .map((literal) => patternOf(partsOf(literal)));
  for (
    const name of [
      "a {b} c",
      "a test of … and no other",
      "a test of it and no other",
    ]
  ) {
    assert.ok(isTest(name, tests), name);
  }
  for (const name of ["a {b}", "a test of … and another", "it", "…", ""]) {
    assert.ok(!isTest(name, tests), name);
  }
  const table = "| it | test |\n| -- | -- |\n| x `no` | `one`, `two` |\n";
  const text = `${table}\nTests: \`three\`,\n\`four\`.\n\nNot \`five\`.\n`;
  assert.deepEqual(citedIn(text), ["one", "two", "three", "four"]);
});
