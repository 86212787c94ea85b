import assert from "node:assert/strict";
import type { Cell } from "./cell.ts";
import type { Reason } from "./reason.ts";
import { scenarioLines } from "./scenario_lines.ts";
import { inWords } from "./summary.ts";
import { unused } from "./unused.ts";

const REASONS: Reason[] = [
  { key: "tidy", better: true, why: "Nothing is left.", places: [] },
  { key: "slow", better: false, why: "It takes longer.", places: [] },
  { key: "gone", better: true, why: "Nobody has it.", places: [] },
];

const difference = { path: "shim_exit", upstream: 0, ours: 1 };
const cell = (kind: "better" | "other", reason: string): Cell => ({
  kind,
  differences: [{ ...difference, reason }],
});

const CELLS = new Map(
  Object.entries(
    {
      first: [{ kind: "same", differences: [] }, cell("better", "tidy")],
      second: [cell("other", "slow"), {
        kind: "differs",
        differences: [difference, { ...difference, reason: "tidy" }],
      }],
      third: [{ kind: "failed", error: "stuck" }, {
        kind: "left out",
        why: "runc is not installed",
      }],
    } satisfies Record<string, Cell[]>,
  ).map(([name, [old, young]]) => [
    name,
    new Map<string, Cell>([["0.2.8", old], ["0.2.9", young]]),
  ]),
);

const words = inWords({
  cells: CELLS,
  columns: ["0.2.8", "0.2.9"],
  reasons: REASONS,
  against: "recorded",
  machine: "here",
  date: "today",
});

Deno.test("inWords() counts each column", () => {
  const expected = [
    /same +\| +1 \| +0 /,
    /better +\| +0 \| +1 /,
    /other +\| +1 \| +0 /,
    /differs +\| +0 \| +1 /,
    /failed +\| +1 \| +0 /,
    /left out +\| +0 \| +1 /,
    /tidy +\| +0 \| +2 /,
    /slow +\| +1 \| +0 /,
  ];
  for (const row of expected) assert.match(words, row);
});

Deno.test("inWords() has the reasons that apply, with their scenarios", () => {
  assert.match(words, /^- \*\*tidy\*\*: Nothing is left. \(first, second\)$/m);
  assert.match(words, /^- \*\*slow\*\*: It takes longer. \(second\)$/m);
  assert.doesNotMatch(words, /gone/);
  assert.ok(words.indexOf("## Better") < words.indexOf("**tidy**"));
  assert.ok(words.indexOf("## Other") < words.indexOf("**slow**"));
});

Deno.test("inWords() ends with what has no reason, and what was left out", () => {
  assert.match(words, /^- runc is not installed: third$/m);
  assert.match(
    words,
    /^second differs from 0\.2\.9:\n {2}shim_exit\n {4}upstream 0\n {4}ours {5}1$/m,
  );
  assert.match(words, /^third \(0\.2\.8\) failed: stuck$/m);
});

Deno.test("inWords() says what was taken out, in lines that fit", () => {
  assert.match(words, /the last line of the log/);
  for (const line of words.split("\n")) assert.ok(line.length <= 80, line);
});

Deno.test("scenarioLines() has each value of each scenario", () => {
  const scenarios = ["first", "second", "third", "not played"]
    .map((name) => ({ name, play: async () => {} }));
  const lines = scenarioLines([{ title: "Theme", scenarios }], CELLS)
    .trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines.map(({ scenario }) => scenario), [
    "first",
    "second",
    "third",
  ]);
  assert.deepEqual(lines[1], {
    scenario: "second",
    theme: "Theme",
    columns: Object.fromEntries(CELLS.get("second")!),
  });
});

Deno.test("unused() names reasons and facts that explained nothing", () => {
  const facts = { "shim_exit": () => true, "stdout": () => true };
  const places = [{ scenarios: /first/, facts }];
  const [tidy, slow, gone] = REASONS;
  assert.deepEqual(unused(CELLS, [{ ...tidy, places }, slow, gone]), [
    "tidy: stdout (first)",
    "gone",
  ]);
});
