import assert from "node:assert/strict";
import { readOptions } from "../support/options.ts";
import { DECLARED, withDefaults } from "./options.ts";
import { asJson, asMarkdown, asSvg, type Report } from "./report.ts";
import { Results } from "./results.ts";

const optionsIn = (...args: string[]) =>
  withDefaults(readOptions(args, DECLARED)!);

function report(programs: Record<string, number[]>): Report {
  const results = new Results();
  const measure = {
    id: "exit.exit",
    group: "exit",
    what: "end & <exit>",
    unit: "ms",
    better: "lower",
  } as const;
  for (const [program, values] of Object.entries(programs)) {
    for (const value of values) results.add(measure, program, value);
  }
  return {
    machine: {
      date: "2001-02-03",
      kernel: "6.1",
      processors: 2,
      processorModel: "Model",
      memory: "8 GB",
      load: 0,
    },
    options: optionsIn(),
    measures: results.measures,
  };
}

const LIVE = report({ shim: [4, 6, 8], upstream: [8, 12, 4] });

Deno.test("asMarkdown() has medians, quartiles, extremes and paired ratios", () => {
  const cells = ["6 (5–7; 4–8)", "8 (6–10; 4–12)", "0.50 (0.50–1.25)"];
  const row = `| end & <exit>, ms | ${cells.join(" | ")} |`;
  assert.ok(asMarkdown(LIVE).split("\n").includes(row), asMarkdown(LIVE));
});

Deno.test("what was recorded of upstream stands in only where it was not measured", () => {
  assert.match(asMarkdown(report({ shim: [4] })), /recorded.*\n.*\n.*4\.90/);
  assert.match(asSvg(report({ shim: [4] })), /upstream\*/);
  assert.doesNotMatch(asMarkdown(LIVE), /recorded/);
  assert.doesNotMatch(asSvg(LIVE), /upstream\*|recorded/);
});

Deno.test("asMarkdown() has as many cells in each row", () => {
  const rows = asMarkdown(LIVE).split("\n").filter((line) => /^\|/.test(line));
  const cells = rows.map((row) => row.split("|").length);
  assert.deepEqual(new Set(cells).size, 1, rows.join("\n"));
});

Deno.test("asJson() has every value", () => {
  const [measure] = JSON.parse(asJson(LIVE)).measures;
  assert.deepEqual(measure.programs.shim.values, [4, 6, 8]);
  assert.equal(measure.programs.upstream.median, 8);
});

Deno.test("asSvg() is balanced, escaped, and loads nothing", () => {
  const svg = asSvg(LIVE);
  const opened = [...svg.matchAll(/<([a-z]+)\b[^>]*(?<!\/)>/g)].map(([, n]) =>
    n
  );
  const closed = [...svg.matchAll(/<\/([a-z]+)>/g)].map(([, name]) => name);
  assert.deepEqual(opened.sort(), closed.sort());
  assert.doesNotMatch(svg, /href|url\(|NaN|&(?!amp;|lt;|quot;)/);
});

Deno.test("the options have defaults, and --only takes groups alone", () => {
  const options = optionsIn("--upstream=", "--only=idle,size", "--quick");
  assert.equal(options.upstream, undefined);
  assert.deepEqual([options.only, options.runs], [["idle", "size"], 5]);
  assert.throws(() => optionsIn("--only=all"), /--only takes .*, not "all"/);
});
