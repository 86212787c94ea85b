import assert from "node:assert/strict";
import { parseArgs, type ParseOptions } from "@std/cli/parse-args";
import { basename } from "@std/path/posix/basename";
import { dirname } from "@std/path/posix/dirname";
import { join } from "@std/path/posix/join";
import { TextLineStream } from "@std/streams/text-line-stream";
import plugin from "../../tools/lint_std.ts";
import RECORDED from "./std_facts.json" with { type: "json" };

/** What the real modules did: arguments and result of each call. */
interface Facts {
  optionSets: Record<string, ParseOptions>;
  parseArgs: [
    options: string,
    args: string[],
    value: object,
    told: unknown[],
  ][];
  basename: [path: string, value: string][];
  dirname: [path: string, value: string][];
  join: [parts: string[], value: string][];
  TextLineStream: [chunks: string[], lines: string[]][];
}
const FACTS = RECORDED as unknown as Facts;

Deno.test("parseArgs() is the one that was recorded, in use or in place of it", () => {
  assert.ok(FACTS.parseArgs.length >= 180);
  for (const [options, args, value, told] of FACTS.parseArgs) {
    const heard: unknown[] = [];
    const parsed = parseArgs(args, {
      // deno-lint-ignore std/only-recorded
      ...FACTS.optionSets[options],
      unknown: (argument: string, key?: string, value?: unknown) => {
        heard.push([argument, key ?? null, value ?? null]);
        return false;
      },
    });
    const call = `${options}: ${JSON.stringify(args)}`;
    assert.deepEqual({ ...parsed }, value, call);
    assert.deepEqual(heard, told, call);
  }
});

Deno.test("basename(), dirname() and join() are those that were recorded", () => {
  assert.ok(FACTS.basename.length + FACTS.dirname.length >= 60);
  for (const [path, value] of FACTS.basename) {
    assert.equal(basename(path), value, JSON.stringify(path));
  }
  for (const [path, value] of FACTS.dirname) {
    assert.equal(dirname(path), value, JSON.stringify(path));
  }
  assert.ok(FACTS.join.length >= 16);
  for (const [parts, value] of FACTS.join) {
    assert.equal(join(...parts as [string]), value, JSON.stringify(parts));
  }
});

Deno.test("TextLineStream is the one that was recorded", async () => {
  assert.ok(FACTS.TextLineStream.length >= 16);
  for (const [chunks, lines] of FACTS.TextLineStream) {
    const stream = ReadableStream.from(chunks)
      .pipeThrough(new TextLineStream());
    assert.deepEqual(await Array.fromAsync(stream), lines, `${[chunks]}`);
  }
});

const complaints = (source: string) =>
  Deno.lint.runPlugin(plugin, "x.ts", source).map(({ message }) => message);

Deno.test("deno lint refuses what is used of @std and was not recorded", () => {
  const parse = 'import { parseArgs } from "@std/cli/parse-args";';
  const lines = 'import { TextLineStream as T } from "@std/streams/x";';
  const refused: [source: string, complaint: RegExp][] = [
    [
      'import { resolve } from "@std/path/posix/resolve";',
      /no call of resolve/,
    ],
    ['import * as path from "@std/path";', /by their names/],
    ['export { join } from "@std/path/posix/join";', /by their names/],
    ['const { join } = await import("@std/path");', /by their names/],
    [`${parse} parseArgs([], { collect: ["a"] });`, /no option collect/],
    [`${parse} parseArgs([], { ...rest });`, /no option \.\.\./],
    [`${parse} parseArgs([], options);`, /written out/],
    [`${parse} parseArgs([]);`, /written out/],
    [`${parse} parseArgs([], { string: ["_"] });`, /unknown/],
    [`${parse} parseArgs([], { unknown: () => { return true; } });`, /false/],
    [`${parse} parseArgs([], { unknown: f });`, /false/],
    [`${lines} new T({ allowCR: true });`, /without options/],
  ];
  for (const [source, complaint] of refused) {
    assert.match(complaints(source).join("\n"), complaint, source);
  }
});

Deno.test("deno lint accepts what was recorded", () => {
  for (
    const source of [
      'import { join } from "@std/path/posix/join"; join("a", "b");',
      'import { parseArgs } from "@std/cli/parse-args"; parseArgs(a, { ' +
      "boolean, string: b, alias: {}, unknown: () => { f(); return false; } });",
      'import { TextLineStream } from "@std/streams/x"; new TextLineStream();',
      'import { parseArgs } from "node:util"; parseArgs({ options });',
    ]
  ) assert.deepEqual(complaints(source), [], source);
});
