import { deepStrictEqual, throws } from "node:assert/strict";
import { parseCheckpointConfig } from "../../src/daemon/checkpoint.ts";

// What well-formed files mean is a property over random ones: see
// tests/robustness/parser_properties.ts.

const EMPTY = { tcp: false, unixSockets: false, shell: false, emptyNS: [] };

function parse(json: string | object) {
  const text = typeof json === "string" ? json : JSON.stringify(json);
  return parseCheckpointConfig(new TextEncoder().encode(text), "/cp/x.json");
}

function checkRefused(cases: [json: string | object, message: string][]) {
  for (const [json, message] of cases) {
    throws(() => parse(json), {
      name: "StateError",
      message: `/cp/x.json: ${message}`,
    });
  }
}

Deno.test("parseCheckpointConfig() reads what a daemon writes", () => {
  const written = {
    created: "2017-01-01T00:00:00Z",
    name: "c1",
    tcp: false,
    unixSockets: false,
    shell: false,
    exit: true,
  };
  deepStrictEqual(parse(written), EMPTY);
  for (const flag of ["tcp", "unixSockets", "shell"]) {
    deepStrictEqual(parse({ ...written, [flag]: true }), {
      ...EMPTY,
      [flag]: true,
    });
  }
});

Deno.test("parseCheckpointConfig() takes absent and null, any case, unknown fields", () => {
  deepStrictEqual(parse("null"), EMPTY);
  deepStrictEqual(parse({ tcp: null, shell: null, emptyNS: null }), EMPTY);
  deepStrictEqual(parse({ created: null, name: null, exit: null }), EMPTY);
  deepStrictEqual(parse({ TCP: true, EmptyNs: ["uts", null], other: 1 }), {
    ...EMPTY,
    tcp: true,
    emptyNS: ["uts", ""],
  });
});

Deno.test("parseCheckpointConfig() names the file and what is wrong in it", () => {
  checkRefused([
    ["", "the file is empty"],
    ["[]", "expected an object, found an array"],
    ...["tcp", "unixSockets", "shell", "exit"].map((
      name,
    ): [object, string] => [
      { [name]: "yes" },
      `"${name}": expected a boolean, found the string "yes"`,
    ]),
    [{ name: 1 }, '"name": expected a string, found 1'],
    [{ emptyNS: [1] }, '"emptyNS[0]": expected a string, found 1'],
    [{ created: 5 }, '"created": expected an RFC 3339 time, found 5'],
  ]);
});

Deno.test("parseCheckpointConfig() takes the times that Go's parser takes", () => {
  const times = [
    "2017-12-31T23:59:59.123456789+02:00",
    "2017-06-30T23:59:59.5-11:30",
    "2016-02-29T00:00:00Z",
    "2000-02-29T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "2017-01-01T5:00:00Z",
    "2017-01-01T00:00:00,5Z",
  ];
  for (const created of times) deepStrictEqual(parse({ created }), EMPTY);
});

Deno.test("parseCheckpointConfig() refuses what is no time", () => {
  const texts = [
    "",
    "2017-01-01",
    "2017-01-01 00:00:00Z",
    "2017-01-01T00:00:00",
    "2017-01-01T00:00Z",
    "2017-01-01t00:00:00z",
    "2017-13-01T00:00:00Z",
    "2017-00-01T00:00:00Z",
    "2017-01-00T00:00:00Z",
    "2017-01-32T00:00:00Z",
    "2017-04-31T00:00:00Z",
    "2017-02-29T00:00:00Z",
    "1900-02-29T00:00:00Z",
    "2017-01-01T24:00:00Z",
    "2017-01-01T00:60:00Z",
    "2017-01-01T00:00:60Z",
    "2017-01-01T00:00:00.Z",
    "2017-01-01T00:00:00+0200",
    "2017-01-01T00:00:00Z ",
    "２017-01-01T00:00:00Z",
  ];
  checkRefused(texts.map((created) => [
    { created },
    `"created": expected an RFC 3339 time, found the string "${created}"`,
  ]));
});
