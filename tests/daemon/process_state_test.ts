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

/** A value that is not of the type, and the fields that are of it. */
const TYPES: [wrong: string, expected: string, fields: string][] = [
  ["1", "a boolean", "terminal exec noPivotRoot noNewPrivileges"],
  ["1", "a string", "containerdStdin containerdStdout containerdStderr"],
  ["1", "a string", "checkpoint cwd apparmorProfile selinuxLabel"],
  ["1", "a string", "args[0] env[0] runtimeArgs[0] capabilities[0]"],
  ["1", "a string", "user.username rlimits[0].type capabilities.ambient[0]"],
  ["1e2", "a signed 64-bit integer", "rootUID rootGID"],
  ["-1", "an unsigned 32-bit integer", "user.uid user.gid"],
  ["-0", "an unsigned 32-bit integer", "user.additionalGids[0]"],
  ["-1", "an unsigned 64-bit integer", "rlimits[0].hard rlimits[0].soft"],
  ["-1", "an unsigned 64-bit integer", "consoleSize.height consoleSize.width"],
  ["1", "an array of strings", "runtimeArgs args env"],
  ["1", "an array of strings", "capabilities.bounding capabilities.effective"],
  ["1", "an array of strings", "capabilities.permitted capabilities.ambient"],
  ["1", "an array of strings", "capabilities.inheritable"],
  ["1", "an array of unsigned 32-bit integers", "user.additionalGids"],
  ["1", "an array of objects", "rlimits"],
  ["1", "an array of strings or an object of such arrays", "capabilities"],
  ["1", "an object", "user consoleSize rlimits[0]"],
];

/** JSON that has nothing but a value at such a path. */
function nested(path: string, value: string): string {
  return path.match(/\w+/g)!.reduceRight(
    (inner, step) => step === "0" ? `[${inner}]` : `{"${step}":${inner}}`,
    value,
  );
}

Deno.test("parseProcessState() checks the type of every field", () => {
  for (const [wrong, expected, fields] of TYPES) {
    for (const path of fields.split(" ")) {
      const message = `"${path}": expected ${expected}, found ${wrong}`;
      checkRefused([[nested(path, wrong), message]]);
    }
  }
  checkRefused([
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
