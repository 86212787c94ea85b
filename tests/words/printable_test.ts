import assert from "node:assert/strict";
import {
  list,
  printable,
  printableJson,
  table,
} from "../../src/words/printable.ts";

Deno.test("table() aligns all columns but the last, and pads no line", () => {
  assert.deepEqual(
    table([["a", "long cell", "x"], ["wider", "b", "as long as it is"], [
      "c",
      "",
      "",
    ]]),
    ["a      long cell  x", "wider  b          as long as it is", "c"],
  );
  assert.deepEqual(table([]), []);
});

Deno.test("printable() lets no text steer a terminal", () => {
  const cases: [text: string, shown: string][] = [
    ["sleep 1000", "sleep 1000"],
    ["ünïcödé 日本", "ünïcödé 日本"],
    ["\x1b[2J\r\n\t\0", "\\u001b[2J\\u000d\\u000a\\u0009\\u0000"],
    ["\x7f\x9b31m", "\\u007f\\u009b31m"],
    ["\u202egpj.exe\u2066", "\\u202egpj.exe\\u2066"],
  ];
  for (const [text, shown] of cases) assert.equal(printable(text), shown);
});

Deno.test("printable() ends after as many characters as it is told", () => {
  assert.equal(printable("abcdef", 3), "abc…");
  assert.equal(printable("abc", 3), "abc");
});

Deno.test("printableJson() escapes what JSON lets through, and stays JSON", () => {
  const value = { command: '\x1b\x9b\u202e"\n', list: [1] };
  const text = printableJson(value);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(text, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
  assert.deepEqual(JSON.parse(text), value);
});

Deno.test("list() joins as one speaks", () => {
  assert.equal(list([]), "");
  assert.equal(list(["a"]), "a");
  assert.equal(list(["a", "b"]), "a and b");
  assert.equal(list(["a", "b", "c"]), "a, b and c");
});
