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

Deno.test("firstJsonValue() reads scalars", () => {
  check([
    ["null", null],
    ["true", true],
    ["false", false],
    ['""', ""],
    ['"a b"', "a b"],
    [" \t\r\n true", true],
  ]);
});

Deno.test("firstJsonValue() keeps numbers as they are written", () => {
  const literals = [
    "0",
    "-0",
    "7",
    "1e2",
    "1E+2",
    "1.50",
    "-1.5e-3",
    "9223372036854775807",
    "1180591620717411303424",
  ];
  for (const literal of literals) check([[literal, `#${literal}`]]);
  const long = "1".repeat(1_000_000);
  check([[`[${long}]`, [`#${long}`]]]);
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

Deno.test("firstJsonValue() reads arrays and what is nested in them", () => {
  check([
    ["[]", []],
    ["[ ]", []],
    ['[1,[],{},["x",{"a":[true]}],null]', [
      "#1",
      [],
      { members: [] },
      ["x", { members: [["a", [true]]] }],
      null,
    ]],
    [' [ 1 , { "a" : 2 , "b" : [ ] } ] ', ["#1", {
      members: [["a", "#2"], ["b", []]],
    }]],
  ]);
});

Deno.test("firstJsonValue() ignores what follows the first value", () => {
  check([
    ["[1]\ngarbage", ["#1"]],
    ["[1]]", ["#1"]],
    ["{}{}", { members: [] }],
    ["nullx", null],
    ['"a""b', "a"],
    ["01", "#0"],
    [[0x5b, 0x5d, 0xff, 0x00], []],
  ]);
});

Deno.test("firstJsonValue() reads escapes; half a surrogate pair is U+FFFD", () => {
  check([
    [String.raw`"\"\\\/\b\f\n\r\t"`, '"\\/\b\f\n\r\t'],
    [String.raw`"a\u00e9\ud83d\ude00\ud83d x\n\/\u0041"`, "aé😀\ufffd x\n/A"],
    [String.raw`"\ude00\ud83d"`, "\ufffd\ufffd"],
    [String.raw`"\u0000"`, "\0"],
    [String.raw`"\\"`, "\\"],
    [String.raw`["\\\\\"","\\"]`, ['\\\\"', "\\"]],
    ['"\x7f\u2028\ufeff"', "\x7f\u2028\ufeff"],
  ]);
});

Deno.test("firstJsonValue() reads bytes that are not UTF-8 as U+FFFD", () => {
  check([
    [[0x22, 0x61, 0xff, 0xfe, 0x62, 0x22], "a\ufffd\ufffdb"],
    [[0x22, 0xe2, 0x82, 0x22], "\ufffd\ufffd"],
    [[0x22, 0xed, 0xa0, 0x80, 0x22], "\ufffd\ufffd\ufffd"],
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
    ["// c\n{}", 'line 1, column 1: expected a value, found "/"'],
    [
      "{'a':1}",
      'line 1, column 2: expected a name in double quotes, found "\'"',
    ],
    ['{"x":NaN}', 'line 1, column 6: expected a value, found "N"'],
    [
      '{"x":1,}',
      'line 1, column 8: expected a name in double quotes, found "}"',
    ],
    [
      '{"x":1,,}',
      'line 1, column 8: expected a name in double quotes, found ","',
    ],
    ["[1,]", 'line 1, column 4: expected a value, found "]"'],
    ["[,]", 'line 1, column 2: expected a value, found ","'],
    ["{,}", 'line 1, column 2: expected a name in double quotes, found ","'],
    ["{1:2}", 'line 1, column 2: expected a name in double quotes, found "1"'],
    ['{"x" 1}', 'line 1, column 6: expected ":", found "1"'],
    ['{"x":1 "y":2}', 'line 1, column 8: expected "," or "}", found "\\""'],
    ['{"x":1]', 'line 1, column 7: expected "," or "}", found "]"'],
    ["[1 2]", 'line 1, column 4: expected "," or "]", found "2"'],
    ['{"x":007}', 'line 1, column 7: expected "," or "}", found "0"'],
    ["[+1]", 'line 1, column 2: expected a value, found "+"'],
    ["[.5]", 'line 1, column 2: expected a value, found "."'],
    ["[-x]", 'line 1, column 3: expected a digit, found "x"'],
    ["[1.]", 'line 1, column 4: expected a digit, found "]"'],
    ["[1e]", 'line 1, column 4: expected a digit, found "]"'],
    ["[0x1]", 'line 1, column 3: expected "," or "]", found "x"'],
    ["[True]", 'line 1, column 2: expected a value, found "T"'],
    ["[truE]", 'line 1, column 5: expected "true", found "E"'],
    [
      '{\n  "a": 1,\n  "b": 😀\n}',
      "line 3, column 8: expected a value, found U+1F600",
    ],
    ["\u00a0{}", "line 1, column 1: expected a value, found U+00A0"],
    ["}", 'line 1, column 1: expected a value, found "}"'],
    [[0xff], "line 1, column 1: expected a value, found U+FFFD"],
  ]);
});

Deno.test("firstJsonValue() refuses control characters and unknown escapes in strings", () => {
  const expected = "expected a character or an escape that JSON allows";
  checkRefused([
    ['{"x":"a\tb"}', `line 1, column 8: ${expected}, found "\\t"`],
    ['["a\nb"]', `line 1, column 4: ${expected}, found "\\n"`],
    ['["\0"]', `line 1, column 3: ${expected}, found "\\u0000"`],
    [String.raw`["\x41"]`, `line 1, column 4: ${expected}, found "x"`],
    [String.raw`["\n\\\'"]`, `line 1, column 8: ${expected}, found "'"`],
    [String.raw`["\u00e9\u12g4"]`, `line 1, column 10: ${expected}, found "u"`],
    [String.raw`["\u12"]`, `line 1, column 4: ${expected}, found "u"`],
  ]);
});

Deno.test("firstJsonValue() reads 10000 levels, not more", () => {
  const nested = (levels: number) =>
    parse("[".repeat(levels) + "]".repeat(levels));
  ok(Array.isArray(nested(5000)));
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
