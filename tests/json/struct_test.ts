import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import * as z from "zod/mini";
import {
  arrayOf,
  bool,
  int64,
  once,
  parseFile,
  StateError,
  struct,
  unsigned,
} from "../../src/json/struct.ts";

function parse<Schema extends z.ZodMiniType>(schema: Schema, json: string) {
  return parseFile(schema, new TextEncoder().encode(json), "f");
}

function checkRefused(schema: z.ZodMiniType, json: string, message: string) {
  throws(() => parse(schema, json), { name: "StateError", message });
}

Deno.test("parseFile() names the file, and keeps the cause of a syntax error", () => {
  checkRefused(bool(), "5", "f: expected a boolean, found 5");
  throws(() => parse(bool(), ""), (error) => {
    strictEqual(error instanceof StateError, true);
    strictEqual((error as Error).message, "f: the file is empty");
    strictEqual(((error as Error).cause as Error).name, "JsonError");
    return true;
  });
});

Deno.test("unsigned() and int64() take exactly what the type can hold", () => {
  const cases: [z.ZodMiniType, string[], string[]][] = [
    [unsigned(32), ["0", "4294967295"], ["-0", "-1", "4294967296"]],
    [unsigned(64), ["0", "18446744073709551615"], ["18446744073709551616"]],
    [
      int64(),
      ["-0", "9223372036854775807", "-9223372036854775808"],
      ["9223372036854775808", "-9223372036854775809"],
    ],
  ];
  for (const [schema, right, wrong] of cases) {
    for (const literal of right) parse(schema, literal);
    for (const literal of [...wrong, "1.0", "1e0", "1E1", '"1"', "true"]) {
      throws(() => parse(schema, literal), StateError, literal);
    }
  }
});

Deno.test("struct() writes paths through objects and arrays", () => {
  const item = struct({ flag: bool });
  const schema = struct({
    list: () => arrayOf(() => struct({ item: () => item }), "a list"),
  });
  checkRefused(
    schema,
    '{"LIST":[{},{"Item":{"flag":0}},{"item":[]},3]}',
    'f: "list[1].item.flag": expected a boolean, found 0; ' +
      '"list[2].item": expected an object, found an array; ' +
      '"list[3]": expected an object, found 3',
  );
  checkRefused(
    schema,
    '{"list":{}}',
    'f: "list": expected a list, found an object',
  );
});

Deno.test("struct() makes no schema of what is not there", () => {
  const made: string[] = [];
  const field = (name: string) =>
    once(() => {
      made.push(name);
      return bool();
    });
  const schema = struct({ a: field("a"), b: field("b") });
  deepStrictEqual(parse(schema, '{"a":true,"A":false}'), { a: false });
  deepStrictEqual(made, ["a"]);
});
