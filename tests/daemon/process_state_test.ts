import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import {
  parseProcessState,
  type ProcessState,
  StateError,
} from "../../src/daemon/process_state.ts";

const EMPTY: ProcessState = {
  terminal: false,
  exec: false,
  stdin: "",
  stdout: "",
  stderr: "",
  runtimeArgs: [],
  noPivotRoot: false,
  checkpoint: "",
  rootUid: 0,
  rootGid: 0,
  capabilities: "absent",
};

/** What a daemon writes for a container; 0.2.8 has an array of capabilities. */
const WRITTEN = {
  terminal: false,
  user: { uid: 0, gid: 0, additionalGids: null },
  args: ["sh"],
  env: ["PATH=/bin"],
  cwd: "/",
  capabilities: ["CAP_KILL"],
  rlimits: [{ type: "RLIMIT_NOFILE", hard: 1024, soft: 1024 }],
  noNewPrivileges: false,
  exec: false,
  containerdStdin: "/io/stdin",
  containerdStdout: "/io/stdout",
  containerdStderr: "/io/stderr",
  runtimeArgs: null,
  noPivotRoot: false,
  checkpoint: "",
  rootUID: 0,
  rootGID: 0,
};

function parse(json: string | object): ProcessState {
  const text = typeof json === "string" ? json : JSON.stringify(json);
  return parseProcessState(new TextEncoder().encode(text));
}

/** Cases as `[json, fields]`: all other fields are empty. */
function check(cases: [json: string | object, state: Partial<ProcessState>][]) {
  for (const [json, state] of cases) {
    deepStrictEqual(parse(json), { ...EMPTY, ...state }, JSON.stringify(json));
  }
}

/** Cases as `[json, message]`, without the name of the file. */
function checkRefused(cases: [json: string | object, message: string][]) {
  for (const [json, message] of cases) {
    throws(() => parse(json), (error) => {
      ok(error instanceof StateError, String(error));
      strictEqual(error.message, `process.json: ${message}`);
      return true;
    });
  }
}

Deno.test("parseProcessState() reads what a daemon writes", () => {
  deepStrictEqual(parse(WRITTEN), {
    ...EMPTY,
    stdin: "/io/stdin",
    stdout: "/io/stdout",
    stderr: "/io/stderr",
    capabilities: "array",
  });
  deepStrictEqual(
    parse({
      ...WRITTEN,
      terminal: true,
      consoleSize: { height: 24, width: 80 },
      exec: true,
      runtimeArgs: ["--root", "/a b", ""],
      noPivotRoot: true,
      checkpoint: "/cp",
      rootUID: 1001,
      rootGID: 1002,
      capabilities: { bounding: ["CAP_KILL"], ambient: null },
    }),
    {
      terminal: true,
      exec: true,
      stdin: "/io/stdin",
      stdout: "/io/stdout",
      stderr: "/io/stderr",
      runtimeArgs: ["--root", "/a b", ""],
      noPivotRoot: true,
      checkpoint: "/cp",
      rootUid: 1001,
      rootGid: 1002,
      capabilities: "object",
    },
  );
});

Deno.test("parseProcessState() takes null for absent, everywhere", () => {
  check([["null", {}], ["{}", {}], [" \n{}", {}]]);
  const names = [
    ...Object.keys(WRITTEN),
    "apparmorProfile",
    "selinuxLabel",
    "consoleSize",
  ];
  check([[Object.fromEntries(names.map((name) => [name, null])), {}]]);
  for (const name of names) check([[{ [name]: null }, {}]]);
  check([
    [{ runtimeArgs: [null, "a"] }, { runtimeArgs: ["", "a"] }],
    [{ args: [null], env: [null], rlimits: [null] }, {}],
    [{ rlimits: [{ type: null, hard: null, soft: null }] }, {}],
    [{ user: { uid: null, additionalGids: [null], username: null } }, {}],
    [{ consoleSize: { height: null } }, {}],
    [{ capabilities: { bounding: null, effective: [null] } }, {
      capabilities: "object",
    }],
    [{ capabilities: [null] }, { capabilities: "array" }],
    [{ capabilities: [] }, { capabilities: "array" }],
    [{ capabilities: {} }, { capabilities: "object" }],
  ]);
});

Deno.test("parseProcessState() ignores what it does not know", () => {
  check([
    [{ foo: { a: [1, null, "x"] }, bar: 1e300, hooks: null }, {}],
    [{ oomScoreAdj: "x", commandLine: 1 }, {}],
    [{ user: { umask: "x" }, consoleSize: { depth: [] } }, {}],
    [{ capabilities: { other: 1 } }, { capabilities: "object" }],
    ['{"toString":1,"__proto__":{"exec":true},"constructor":null}', {}],
    [`{"x":${"[".repeat(5000)}${"]".repeat(5000)}}`, {}],
  ]);
  checkRefused([[
    `{"x":${"[".repeat(20_000)}${"]".repeat(20_000)}}`,
    "line 1, column 10005: nested deeper than 10000 levels",
  ]]);
});

Deno.test("parseProcessState() matches names whatever their case", () => {
  check([
    ['{"EXEC":true,"RUNTIMEARGS":["x"]}', { exec: true, runtimeArgs: ["x"] }],
    ['{"chec\u212apoint":"/matched"}', { checkpoint: "/matched" }],
    ['{"runtimeArg\u017f":["--matched"]}', { runtimeArgs: ["--matched"] }],
    ['{"rootuid":1,"ROOTGID":2}', { rootUid: 1, rootGid: 2 }],
    // No other rune folds to ASCII, whatever its upper or lower case is.
    ['{"containerd\ufb06din":"x","term\u0131nal":true}', {}],
    ['{"term\u0130nal":true," exec":true,"exec ":true}', {}],
  ]);
  checkRefused([[
    '{"User":{"UID":"0"}}',
    '"user.uid": expected an unsigned 32-bit integer, found the string "0"',
  ]]);
});

Deno.test("parseProcessState() takes the last of several members of one name", () => {
  check([
    ['{"exec":false,"exec":true}', { exec: true }],
    ['{"exec":true,"exec":false}', {}],
    ['{"Exec":true,"exec":false}', {}],
    ['{"exec":false,"Exec":true}', { exec: true }],
    ['{"exec":false,"Exec":true,"exec":false}', {}],
    ['{"runtimeArgs":["a","b"],"runtimeArgs":["c"]}', { runtimeArgs: ["c"] }],
    // As Go has it: null empties a slice and has no effect on a value.
    ['{"runtimeArgs":["a"],"runtimeArgs":null}', {}],
    ['{"exec":true,"exec":null}', { exec: true }],
    ['{"checkpoint":"x","checkpoint":null}', { checkpoint: "x" }],
  ]);
  // Each of them is checked.
  checkRefused([[
    '{"exec":"no","exec":true}',
    '"exec": expected a boolean, found the string "no"',
  ]]);
});

Deno.test("parseProcessState() ignores what follows the first value", () => {
  const text = JSON.stringify(WRITTEN);
  for (const tail of ["\ngarbage", "}", '\n{"exec":true}', '{"exec":5}']) {
    deepStrictEqual(parse(text + tail), parse(text));
  }
});

Deno.test("parseProcessState() reads strings as Go does", () => {
  check([[
    String.raw`{"runtimeArgs":["a\u00e9\ud83d\ude00\ud83d x\n\/\u0041"]}`,
    { runtimeArgs: ["aé😀\ufffd x\n/A"] },
  ]]);
  const bytes = new TextEncoder().encode('{"runtimeArgs":["a?b"],"x":"?"}')
    .map((byte) => byte === 0x3f ? 0xff : byte);
  deepStrictEqual(parseProcessState(bytes).runtimeArgs, ["a\ufffdb"]);
});

Deno.test("parseProcessState() gives ids as the kernel takes them", () => {
  const ids: [literal: string, id: number][] = [
    ["0", 0],
    ["-0", 0],
    ["4294967294", 0xfffffffe],
    ["-1", 0xffffffff],
    ["-2", 0xfffffffe],
    ["4294967301", 5],
    ["9223372036854775807", 0xffffffff],
    ["-9223372036854775808", 0],
  ];
  for (const [literal, id] of ids) {
    check([[`{"rootUID":${literal}}`, { rootUid: id }]]);
    check([[`{"rootGID":${literal}}`, { rootGid: id }]]);
  }
  const wrong = [
    "1.5",
    "1e2",
    "1E2",
    "1000.0",
    "9223372036854775808",
    "-9223372036854775809",
    "1180591620717411303424",
    "true",
    "[]",
    "{}",
  ];
  const found: Record<string, string> = { "[]": "an array", "{}": "an object" };
  for (const value of wrong) {
    for (const name of ["rootUID", "rootGID"]) {
      checkRefused([[
        `{"${name}":${value}}`,
        `"${name}": expected a signed 64-bit integer, found ${
          found[value] ?? value
        }`,
      ]]);
    }
  }
  const zeros = "1" + "0".repeat(1_000_000);
  checkRefused([[
    `{"rootUID":${zeros}}`,
    `"rootUID": expected a signed 64-bit integer, found ${zeros.slice(0, 60)}…`,
  ]]);
});

Deno.test("parseProcessState() takes unsigned integers of any size they can have", () => {
  check([
    [{ user: { uid: 4294967295, gid: 0, additionalGids: [1, 2] } }, {}],
    ['{"rlimits":[{"hard":18446744073709551615,"soft":0}]}', {}],
    ['{"consoleSize":{"height":18446744073709551615}}', {}],
  ]);
  const bits32 = "an unsigned 32-bit integer";
  const bits64 = "an unsigned 64-bit integer";
  checkRefused([
    ['{"user":{"uid":-1}}', `"user.uid": expected ${bits32}, found -1`],
    ['{"user":{"gid":-0}}', `"user.gid": expected ${bits32}, found -0`],
    [
      '{"user":{"uid":4294967296}}',
      `"user.uid": expected ${bits32}, found 4294967296`,
    ],
    ['{"user":{"uid":1e2}}', `"user.uid": expected ${bits32}, found 1e2`],
    [
      '{"rlimits":[{"hard":-1}]}',
      `"rlimits[0].hard": expected ${bits64}, found -1`,
    ],
    [
      '{"rlimits":[{},{"soft":18446744073709551616}]}',
      `"rlimits[1].soft": expected ${bits64}, found 18446744073709551616`,
    ],
    [
      '{"consoleSize":{"height":-1}}',
      `"consoleSize.height": expected ${bits64}, found -1`,
    ],
  ]);
});

Deno.test("parseProcessState() names the field, what it expected and what it found", () => {
  const strings = "an array of strings";
  checkRefused([
    [
      { terminal: "true" },
      '"terminal": expected a boolean, found the string "true"',
    ],
    [{ terminal: 1 }, '"terminal": expected a boolean, found 1'],
    [{ exec: "no" }, '"exec": expected a boolean, found the string "no"'],
    [{ exec: 0 }, '"exec": expected a boolean, found 0'],
    [{ noPivotRoot: 1 }, '"noPivotRoot": expected a boolean, found 1'],
    [
      { noNewPrivileges: "x" },
      '"noNewPrivileges": expected a boolean, found the string "x"',
    ],
    [{ containerdStdin: 5 }, '"containerdStdin": expected a string, found 5'],
    [
      { containerdStdout: {} },
      '"containerdStdout": expected a string, found an object',
    ],
    [
      { containerdStderr: [] },
      '"containerdStderr": expected a string, found an array',
    ],
    [{ checkpoint: true }, '"checkpoint": expected a string, found true'],
    [{ cwd: 1 }, '"cwd": expected a string, found 1'],
    [{ apparmorProfile: 1 }, '"apparmorProfile": expected a string, found 1'],
    [{ selinuxLabel: 1 }, '"selinuxLabel": expected a string, found 1'],
    [
      { runtimeArgs: "x" },
      `"runtimeArgs": expected ${strings}, found the string "x"`,
    ],
    [
      { runtimeArgs: {} },
      `"runtimeArgs": expected ${strings}, found an object`,
    ],
    [{ runtimeArgs: ["a", 1] }, '"runtimeArgs[1]": expected a string, found 1'],
    [{ args: "sh" }, `"args": expected ${strings}, found the string "sh"`],
    [{ args: [1] }, '"args[0]": expected a string, found 1'],
    [{ env: { a: "b" } }, `"env": expected ${strings}, found an object`],
    [{ env: "x" }, `"env": expected ${strings}, found the string "x"`],
    [{ user: "root" }, '"user": expected an object, found the string "root"'],
    [
      { user: { additionalGids: ["1"] } },
      '"user.additionalGids[0]": expected an unsigned 32-bit integer, found the string "1"',
    ],
    [
      { user: { additionalGids: 1 } },
      '"user.additionalGids": expected an array of unsigned 32-bit integers, found 1',
    ],
    [{ user: { username: 3 } }, '"user.username": expected a string, found 3'],
    [
      { capabilities: "x" },
      '"capabilities": expected an array of strings or an object of such arrays, found the string "x"',
    ],
    [{ capabilities: [1] }, '"capabilities[0]": expected a string, found 1'],
    [
      { capabilities: { ambient: "x" } },
      `"capabilities.ambient": expected ${strings}, found the string "x"`,
    ],
    [
      { capabilities: { bounding: ["x", 2] } },
      '"capabilities.bounding[1]": expected a string, found 2',
    ],
    [
      { rlimits: {} },
      '"rlimits": expected an array of objects, found an object',
    ],
    [
      { rlimits: ["x"] },
      '"rlimits[0]": expected an object, found the string "x"',
    ],
    [
      { rlimits: [{ type: 7 }] },
      '"rlimits[0].type": expected a string, found 7',
    ],
    [{ consoleSize: [] }, '"consoleSize": expected an object, found an array'],
    ["[]", "expected an object, found an array"],
    ['"x"', 'expected an object, found the string "x"'],
    ["5", "expected an object, found 5"],
    ["true", "expected an object, found true"],
  ]);
});

Deno.test("parseProcessState() names all fields that are wrong, up to ten", () => {
  checkRefused([
    [
      '{"terminal":"true","rlimits":[{"hard":-1}]}',
      '"terminal": expected a boolean, found the string "true"; ' +
      '"rlimits[0].hard": expected an unsigned 64-bit integer, found -1',
    ],
    [
      { args: "x", exec: "y" },
      '"args": expected an array of strings, found the string "x"; ' +
      '"exec": expected a boolean, found the string "y"',
    ],
    [
      { env: Array(1000).fill(1) },
      Array.from(
        { length: 10 },
        (_, i) => `"env[${i}]": expected a string, found 1`,
      ).join("; ") + "; and 990 more",
    ],
    [
      { exec: "x".repeat(1000) },
      `"exec": expected a boolean, found the string "${"x".repeat(60)}…"`,
    ],
  ]);
});

Deno.test("parseProcessState() reports text that is no JSON before any type", () => {
  checkRefused([
    ["", "the file is empty"],
    [" \n\t ", "the file is empty"],
    ["not json", 'line 1, column 2: expected "null", found "o"'],
    [
      '{"args":"x",,}',
      'line 1, column 13: expected a name in double quotes, found ","',
    ],
    ['{"rootUID":007}', 'line 1, column 13: expected "," or "}", found "0"'],
    ['{"exec":5', "line 1, column 10: the file ends in the middle of a value"],
  ]);
});

Deno.test("parseProcessState() copes with large fields", () => {
  const env = Array.from(
    { length: 5000 },
    (_, i) => `K${i}=${"v".repeat(1000)}`,
  );
  check([
    [{ env }, {}],
    [{ runtimeArgs: ["x".repeat(200_000)] }, {
      runtimeArgs: ["x".repeat(200_000)],
    }],
    [`{"exec":true,"x":"${"a".repeat(64 << 20)}"}`, { exec: true }],
  ]);
});
