import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import {
  parseProcessState,
  type ProcessState,
  StateError,
} from "../../src/daemon/process_state.ts";

// Most of what is accepted is a property over random files: see
// tests/robustness/parser_properties.ts.

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
  const written = {
    terminal: true,
    consoleSize: { height: 24, width: 80 },
    user: { uid: 0, gid: 0, additionalGids: null },
    args: ["sh"],
    env: ["PATH=/bin"],
    cwd: "/",
    capabilities: { bounding: ["CAP_KILL"], ambient: null },
    rlimits: [{ type: "RLIMIT_NOFILE", hard: 1024, soft: 1024 }],
    noNewPrivileges: false,
    exec: true,
    containerdStdin: "/io/stdin",
    containerdStdout: "/io/stdout",
    containerdStderr: "/io/stderr",
    runtimeArgs: ["--root", "/a b", ""],
    noPivotRoot: true,
    checkpoint: "/cp",
    rootUID: 1001,
    rootGID: -1,
  };
  deepStrictEqual(parse(written), {
    terminal: true,
    exec: true,
    stdin: "/io/stdin",
    stdout: "/io/stdout",
    stderr: "/io/stderr",
    runtimeArgs: ["--root", "/a b", ""],
    noPivotRoot: true,
    checkpoint: "/cp",
    rootUid: 1001,
    rootGid: 0xffffffff,
    capabilities: "object",
  });
});

Deno.test("parseProcessState() takes null for absent, everywhere", () => {
  check([
    ["null", {}],
    ["{}", {}],
    [{ apparmorProfile: null, selinuxLabel: null, noNewPrivileges: null }, {}],
    [{ runtimeArgs: [null, "a"] }, { runtimeArgs: ["", "a"] }],
    [{ args: [null], env: [null], rlimits: [null], consoleSize: null }, {}],
    [{ rlimits: [{ type: null, hard: null, soft: null }] }, {}],
    [{ user: { uid: null, additionalGids: [null], username: null } }, {}],
    [{ consoleSize: { height: null } }, {}],
    [{ capabilities: { bounding: null, effective: [null] } }, {
      capabilities: "object",
    }],
    [{ capabilities: [null] }, { capabilities: "array" }],
    [{ capabilities: [] }, { capabilities: "array" }],
  ]);
});

Deno.test("parseProcessState() ignores what it does not know", () => {
  check([
    [{ oomScoreAdj: "x", commandLine: 1 }, {}],
    [{ user: { umask: "x" }, consoleSize: { depth: [] } }, {}],
    [{ capabilities: { other: 1 } }, { capabilities: "object" }],
    ['{"toString":1,"__proto__":{"exec":true},"constructor":null}', {}],
  ]);
});

Deno.test("parseProcessState() matches names whatever their case", () => {
  check([
    ['{"EXEC":true,"RUNTIMEARGS":["x"]}', { exec: true, runtimeArgs: ["x"] }],
    ['{"chec\u212apoint":"/matched"}', { checkpoint: "/matched" }],
    ['{"runtimeArg\u017f":["--matched"]}', { runtimeArgs: ["--matched"] }],
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

/** A value that is not of the type, and the fields of that type. */
const TYPES: [expected: string, wrong: string, fields: string][] = [
  ["a boolean", "1", "terminal exec noPivotRoot noNewPrivileges"],
  ["a string", "5", "containerdStdin containerdStdout containerdStderr"],
  ["a string", "5", "checkpoint cwd apparmorProfile selinuxLabel"],
  ["a signed 64-bit integer", "1e2", "rootUID rootGID"],
  ["an array of strings", "6", "runtimeArgs args env"],
  ["an object", "7", "user consoleSize"],
  ["an array of objects", "8", "rlimits"],
];

Deno.test("parseProcessState() checks the type of every field", () => {
  for (const [expected, wrong, fields] of TYPES) {
    for (const name of fields.split(" ")) {
      const message = `"${name}": expected ${expected}, found ${wrong}`;
      checkRefused([[`{"${name}":${wrong}}`, message]]);
    }
  }
});

Deno.test("parseProcessState() checks what is within a field", () => {
  const strings = "an array of strings";
  const [id, limit] = ["an unsigned 32-bit integer", "64-bit integer"];
  checkRefused([
    [{ args: [1] }, '"args[0]": expected a string, found 1'],
    [{ env: ["", 1] }, '"env[1]": expected a string, found 1'],
    [{ runtimeArgs: ["a", 1] }, '"runtimeArgs[1]": expected a string, found 1'],
    [{ user: { uid: -1 } }, `"user.uid": expected ${id}, found -1`],
    ['{"user":{"gid":-0}}', `"user.gid": expected ${id}, found -0`],
    [{ user: { username: 3 } }, '"user.username": expected a string, found 3'],
    [
      { user: { additionalGids: [2 ** 32] } },
      `"user.additionalGids[0]": expected ${id}, found 4294967296`,
    ],
    [
      { user: { additionalGids: 1 } },
      '"user.additionalGids": expected an array of unsigned 32-bit integers, found 1',
    ],
    [
      { capabilities: "x" },
      `"capabilities": expected ${strings} or an object of such arrays, found the string "x"`,
    ],
    [{ capabilities: [1] }, '"capabilities[0]": expected a string, found 1'],
    [
      { capabilities: { bounding: ["x", 2] } },
      '"capabilities.bounding[1]": expected a string, found 2',
    ],
    ...["effective", "inheritable", "permitted", "ambient"].map((
      set,
    ): [object, string] => [
      { capabilities: { [set]: 1 } },
      `"capabilities.${set}": expected ${strings}, found 1`,
    ]),
    [{ rlimits: [1] }, '"rlimits[0]": expected an object, found 1'],
    [
      { rlimits: [{ type: 7 }] },
      '"rlimits[0].type": expected a string, found 7',
    ],
    [
      { rlimits: [{}, { hard: -1 }] },
      `"rlimits[1].hard": expected an unsigned ${limit}, found -1`,
    ],
    [
      { rlimits: [{ soft: -1 }] },
      `"rlimits[0].soft": expected an unsigned ${limit}, found -1`,
    ],
    [
      { consoleSize: { height: -1 } },
      `"consoleSize.height": expected an unsigned ${limit}, found -1`,
    ],
    [
      { consoleSize: { width: -1 } },
      `"consoleSize.width": expected an unsigned ${limit}, found -1`,
    ],
    ["[]", "expected an object, found an array"],
    ['"x"', 'expected an object, found the string "x"'],
    ["true", "expected an object, found true"],
  ]);
});

Deno.test("parseProcessState() names all fields that are wrong, up to ten", () => {
  const zeros = "1" + "0".repeat(1_000_000);
  checkRefused([
    [
      { args: "x", exec: {} },
      '"args": expected an array of strings, found the string "x"; ' +
      '"exec": expected a boolean, found an object',
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
    [
      `{"rootUID":${zeros}}`,
      `"rootUID": expected a signed 64-bit integer, found ${
        zeros.slice(0, 60)
      }…`,
    ],
    // Text that is no JSON comes before any type.
    [
      '{"args":"x",,}',
      'line 1, column 13: expected a name in double quotes, found ","',
    ],
  ]);
});

Deno.test("parseProcessState() copes with large fields", () => {
  const env = Array(5000).fill(`K=${"v".repeat(1000)}`);
  const runtimeArgs = ["x".repeat(200_000)];
  check([[{ env, runtimeArgs }, { runtimeArgs }]]);
});
