import { deepStrictEqual, ok, throws } from "node:assert/strict";
import {
  firstJsonValue,
  JsonError,
  JsonNumber,
  JsonObject,
  type JsonValue,
} from "../../src/json/value.ts";

function parse(input: string | number[]): JsonValue {
  return firstJsonValue(
    typeof input === "string"
      ? new TextEncoder().encode(input)
      : new Uint8Array(input),
  );
}

/** The same value in plain types: numbers as `#literal`, objects as pairs. */
function plain(value: JsonValue): unknown {
  if (value instanceof JsonNumber) return `#${value.literal}`;
  if (Array.isArray(value)) return value.map(plain);
  if (!(value instanceof JsonObject)) return value;
  return { members: value.members.map(([name, v]) => [name, plain(v)]) };
}

function check(cases: [input: string | number[], value: unknown][]): void {
  for (const [input, value] of cases) {
    deepStrictEqual(plain(parse(input)), value, JSON.stringify(input));
  }
}

function checkRefused(cases: [input: string | number[], message: string][]) {
  for (const [input, message] of cases) {
    throws(() => parse(input), (error) => {
      ok(error instanceof JsonError);
      deepStrictEqual(error.message, message, JSON.stringify(input));
      return true;
    });
  }
}

// What it accepts is a property over random texts: see
// tests/robustness/parser_properties.ts.

Deno.test("firstJsonValue() keeps numbers as they are written", () => {
  const long = "1".repeat(1_000_000);
  for (const literal of ["-0", "1E+2", "-1.50e-3", long]) {
    check([[`[${literal}]`, [`#${literal}`]]]);
  }
});

Deno.test("firstJsonValue() keeps members in order, names and duplicates as they are", () => {
  check([
    ["{}", { members: [] }],
    ['{"b":1,"a":2,"b":3,"B":4}', {
      members: [["b", "#1"], ["a", "#2"], ["b", "#3"], ["B", "#4"]],
    }],
    ['{"__proto__":{"x":1},"constructor":2,"1":3}', {
      members: [
        ["__proto__", { members: [["x", "#1"]] }],
        ["constructor", "#2"],
        ["1", "#3"],
      ],
    }],
    ['{"":"","\\u0061":null}', { members: [["", ""], ["a", null]] }],
  ]);
});

Deno.test("firstJsonValue() reads as U+FFFD what is no Unicode, and ignores what follows the value", () => {
  check([
    [String.raw`"\ud83d\ude00\ud83d x\ude00"`, "😀\ufffd x\ufffd"],
    [[0x22, 0x61, 0xff, 0xfe, 0x62, 0x22], "a\ufffd\ufffdb"],
    [[0x5b, 0x5d, 0xff, 0x00], []],
  ]);
});

Deno.test("firstJsonValue() says that a file is empty or cut off", () => {
  for (const input of ["", "  \n\t "]) {
    checkRefused([[input, "the file is empty"]]);
  }
  const whole = '{"a":[-1.5e+3,"x\\n",true,null,{"b":"\\u00e9"}]}';
  for (let length = 1; length < whole.length; length++) {
    checkRefused([[
      whole.slice(0, length),
      `line 1, column ${length + 1}: the file ends in the middle of a value`,
    ]]);
  }
});

Deno.test("firstJsonValue() says what it found where, and what it expected", () => {
  checkRefused([
    ["not json", 'line 1, column 2: expected "null", found "o"'],
    ["\ufeff{}", "line 1, column 1: expected a value, found U+FEFF"],
    [[0xff], "line 1, column 1: expected a value, found U+FFFD"],
    ["\u00a0{}", "line 1, column 1: expected a value, found U+00A0"],
    [
      "{'a':1}",
      'line 1, column 2: expected a name in double quotes, found "\'"',
    ],
    ["[1,]", 'line 1, column 4: expected a value, found "]"'],
    ['{"x" 1}', 'line 1, column 6: expected ":", found "1"'],
    ['{"x":1 "y":2}', 'line 1, column 8: expected "," or "}", found "\\""'],
    ["[1 2]", 'line 1, column 4: expected "," or "]", found "2"'],
    ["[-x]", 'line 1, column 3: expected a digit, found "x"'],
    ["[truE]", 'line 1, column 5: expected "true", found "E"'],
    ["[fals]", 'line 1, column 6: expected "false", found "]"'],
    [
      '{\n  "a": 1,\n  "b": 😀\n}',
      "line 3, column 8: expected a value, found U+1F600",
    ],
  ]);
});

Deno.test("firstJsonValue() refuses control characters and unknown escapes in strings", () => {
  const expected = "expected a character or an escape that JSON allows";
  checkRefused([
    ['{"x":"a\tb"}', `line 1, column 8: ${expected}, found "\\t"`],
    ['["\0"]', `line 1, column 3: ${expected}, found "\\u0000"`],
    [String.raw`["\n\\\'"]`, `line 1, column 8: ${expected}, found "'"`],
    [String.raw`["\u00e9\u12g4"]`, `line 1, column 10: ${expected}, found "u"`],
  ]);
});

Deno.test("firstJsonValue() reads 10000 levels, not more", () => {
  const nested = (levels: number) =>
    parse("[".repeat(levels) + "]".repeat(levels));
  ok(Array.isArray(nested(10_000)));
  throws(() => nested(10_001), {
    name: "JsonError",
    message: "line 1, column 10001: nested deeper than 10000 levels",
  });
  // Only what is open counts.
  ok(Array.isArray(parse(`[${"[],".repeat(20_000)}[]]`)));
  throws(() => parse('{"a":'.repeat(1_000_000)), JsonError);
});

Deno.test("firstJsonValue() reads a string of 64 MiB", () => {
  const size = 64 << 20;
  const bytes = new Uint8Array(size + 2).fill(0x61);
  bytes[0] = bytes[size + 1] = 0x22;
  const value = firstJsonValue(bytes);
  ok(typeof value === "string" && value.length === size);
});

Deno.test("firstJsonValue() reads many escapes and quotes in linear time", () => {
  const count = 1 << 20;
  ok(parse(`"${'\\"'.repeat(count)}"`) === '"'.repeat(count));
  ok(parse(`"${"\\\\".repeat(count)}"`) === "\\".repeat(count));
});
