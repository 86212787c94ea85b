/** process.json: what is accepted, what is refused, and that nothing is started then. */
import type { Run } from "../../support/harness.ts";
import { mkfifo } from "../../support/posix.ts";
import { filesWithout, plain, type Scenario } from "./scenario.ts";

type Json = Record<string, unknown>;
type Text = string | Uint8Array<ArrayBuffer> | null;

/** A process.json that differs from the usual one in some keys; undefined leaves a key out. */
function keys(name: string, process: Json): Scenario {
  return plain(`pj_${name}`, { process, withinMs: 5000 });
}

/** A process.json with exactly this text; null stands for no file. */
function text(name: string, make: Text | ((run: Run) => Text)): Scenario {
  return plain(`pj_${name}`, {
    setup: (run) => ({
      processJson: typeof make === "function" ? make(run) : make,
    }),
    withinMs: 5000,
  });
}

/** The usual process.json, in the spacing of Python's json module, changed as text. */
function changed(name: string, change: (usual: string) => string): Scenario {
  return text(name, (run) => change(usualText(run)));
}

function usualText(run: Run, process: Json = {}): string {
  const entries = Object.entries({ ...run.defaultProcess(), ...process });
  const fields = entries.map(([key, value]) =>
    `"${key}": ${JSON.stringify(value)}`
  );
  return `{${fields.join(", ")}}`;
}

/** The usual text with one more member at its end. */
function withMember(member: string) {
  return (usual: string) => `${usual.slice(0, -1)},${member}}`;
}

/** The usual text with a byte that is not UTF-8 in the place of each `#`. */
function withBadByte(
  name: string,
  change: (usual: string) => string,
): Scenario {
  return text(name, (run) => {
    const bytes = new TextEncoder().encode(change(usualText(run)));
    return bytes.map((byte) => byte === "#".charCodeAt(0) ? 0xff : byte);
  });
}

function withRuntimeArgs(json: string) {
  return (usual: string) =>
    usual.replace('"runtimeArgs": null', `"runtimeArgs": ${json}`);
}

function withRootUid(json: string) {
  return (usual: string) => usual.replace('"rootUID": 0', `"rootUID": ${json}`);
}

const texts: Scenario[] = [
  text("missing", null),
  text("empty", ""),
  text("whitespace", "  \n\t "),
  text("invalid", "not json"),
  changed("truncated", (usual) => usual.slice(0, -5)),
  text("null", "null"),
  text("array", "[]"),
  text("string", '"x"'),
  text("number", "5"),
  text("object_empty", "{}"),
  changed("trailing_garbage", (usual) => `${usual}\ngarbage`),
  changed("trailing_brace", (usual) => `${usual}}`),
  changed("two_values", (usual) => `${usual}\n{"exec":true}`),
  changed("leading_whitespace", (usual) => `\n\n  \t${usual}`),
  changed("bom", (usual) => `\ufeff${usual}`),
  changed("comment", (usual) => `// c\n${usual}`),
  changed("trailing_comma", (usual) => `${usual.slice(0, -1)},}`),
  changed("single_quotes", (usual) => usual.replaceAll('"', "'")),
  changed("nan", withMember('"x":NaN')),
  changed("control_char_in_string", withMember('"x":"a\tb"')),
  withBadByte("invalid_utf8_in_unused", withMember('"x":"a##b"')),
  withBadByte("invalid_utf8_in_runtimeArgs", withRuntimeArgs('["a#b"]')),
  changed(
    "escapes_in_runtimeArgs",
    withRuntimeArgs('["a\\u00e9\\ud83d\\ude00\\ud83d x\\n\\/\\u0041"]'),
  ),
  changed("nul_in_runtimeArgs", withRuntimeArgs('["a\\u0000b"]')),
  changed("deep_nesting_unknown", withMember(`"x":${nested(5000)}`)),
  changed("deep_nesting_20000_unknown", withMember(`"x":${nested(20_000)}`)),
  keys("unknown_fields", {
    foo: { a: [1, null, "x"] },
    bar: 1e300,
    hooks: null,
  }),
  changed("dup_keys_last_wins", withMember('"exec":true')),
  changed("dup_keys_first_true", (usual) => `{"exec":true,${usual.slice(1)}`),
  changed(
    "case_insensitive_keys",
    (usual) =>
      usual.replace('"exec": false', '"EXEC": true').replace(
        '"runtimeArgs"',
        '"RUNTIMEARGS"',
      ),
  ),
  changed(
    "case_fold_kelvin",
    (usual) =>
      usual.replace('"checkpoint": ""', '"chec\u212apoint": "/matched"'),
  ),
  changed(
    "case_fold_long_s",
    (usual) =>
      usual.replace('"runtimeArgs": null', '"runtimeArg\u017f": ["--matched"]'),
  ),
  changed("exact_key_beats_other_case", withMember('"Exec":true,"exec":false')),
  changed("other_case_after_exact", withMember('"exec":false,"Exec":true')),
  keys("nulls_everywhere", {
    terminal: null,
    user: null,
    args: null,
    env: null,
    cwd: null,
    exec: null,
    runtimeArgs: null,
    noPivotRoot: null,
    checkpoint: null,
    rootUID: null,
    rootGID: null,
  }),
  keys("null_stdin", { containerdStdin: null }),
  keys("null_stdout", { containerdStdout: null }),
  keys("missing_stdin_key", { containerdStdin: undefined }),
  keys("missing_stdout_key", { containerdStdout: undefined }),
  keys("missing_stderr_key", { containerdStderr: undefined }),
  keys("empty_stdin", { containerdStdin: "" }),
  text("minimal", (run) =>
    JSON.stringify({
      containerdStdin: `${run.io}/stdin`,
      containerdStdout: `${run.io}/stdout`,
      containerdStderr: `${run.io}/stderr`,
    })),
  changed("number_1e2_rootUID", withRootUid("1e2")),
  changed("number_minus0_rootUID", withRootUid("-0")),
  changed("number_leading_zero", withRootUid("007")),
  keys("two_type_errors_first_wins", { args: "x", exec: "y" }),
  text(
    "type_error_and_syntax_error",
    (run) => `${usualText(run, { args: "x" }).slice(0, -1)},,}`,
  ),
  changed(
    "type_error_in_unused_of_second_value",
    (usual) => `${usual}{"exec":5}`,
  ),
];

function nested(depth: number): string {
  return "[".repeat(depth) + "]".repeat(depth);
}

/** Values of one key, with the name that the recording gives to each. */
const typed: [name: string, key: string, value: unknown][] = [
  ["terminal__true", "terminal", "true"],
  ["terminal__1", "terminal", 1],
  ["exec__no", "exec", "no"],
  ["exec__0", "exec", 0],
  ["noPivotRoot__1", "noPivotRoot", 1],
  ["containerdStdin__5", "containerdStdin", 5],
  ["containerdStdout__empty", "containerdStdout", {}],
  ["containerdStderr__empty", "containerdStderr", []],
  ["runtimeArgs__x", "runtimeArgs", "x"],
  ["runtimeArgs__1", "runtimeArgs", [1]],
  ["runtimeArgs__null_a", "runtimeArgs", [null, "a"]],
  ["runtimeArgs__empty", "runtimeArgs", {}],
  ["checkpoint__1", "checkpoint", 1],
  ["rootUID__0", "rootUID", "0"],
  ["rootUID__1_5", "rootUID", 1.5],
  ["rootGID__true", "rootGID", true],
  ["args__sh", "args", "sh"],
  ["args__1", "args", [1]],
  ["env__x", "env", "x"],
  ["env__a_b", "env", { a: "b" }],
  ["cwd__1", "cwd", 1],
  ["user__root", "user", "root"],
  ["user__uid_1", "user", { uid: -1 }],
  ["user__uid_0", "user", { uid: "0" }],
  ["user__uid_4294967296", "user", { uid: 2 ** 32 }],
  ["user__additionalGids_1", "user", { additionalGids: ["1"] }],
  ["user__username_3", "user", { username: 3 }],
  ["capabilities__CAP_KILL", "capabilities", ["CAP_KILL"]],
  ["capabilities__bounding_CAP_KILL", "capabilities", {
    bounding: ["CAP_KILL"],
  }],
  ["capabilities__null", "capabilities", null],
  ["capabilities__x", "capabilities", "x"],
  [
    "rlimits__type_RLIMIT_NOFILE_hard_1024_soft_1024",
    "rlimits",
    [{ type: "RLIMIT_NOFILE", hard: 1024, soft: 1024 }],
  ],
  ["rlimits__type_7", "rlimits", [{ type: 7 }]],
  ["rlimits__hard_1", "rlimits", [{ hard: -1 }]],
  ["rlimits__empty", "rlimits", {}],
  ["consoleSize__height_1_width_2", "consoleSize", { height: 1, width: 2 }],
  ["consoleSize__height_1", "consoleSize", { height: -1 }],
  ["consoleSize__null", "consoleSize", null],
  ["consoleSize__empty", "consoleSize", []],
  ["noNewPrivileges__x", "noNewPrivileges", "x"],
  ["apparmorProfile__1", "apparmorProfile", 1],
  ["selinuxLabel__1", "selinuxLabel", 1],
  ["oomScoreAdj__x", "oomScoreAdj", "x"],
  ["commandLine__1", "commandLine", 1],
];

const types: Scenario[] = [
  ...typed.map(([name, key, value]) => keys(`type_${name}`, { [key]: value })),
  // JavaScript writes these numbers in another form than the one that is meant.
  changed("type_rootUID__1000_0", withRootUid("1000.0")),
  changed(
    "type_rootUID__1180591620717411303424",
    withRootUid("1180591620717411303424"),
  ),
];

/** Of process.json itself there is no fact: it is the scenario's input. */
const filesWithoutInput = (run: Run) => ({
  files: filesWithout(run, "process.json"),
});

const odd: Scenario[] = [
  // 64 MiB in an unknown key.
  plain("pj_huge_padding", {
    setup: (run) => ({
      processJson: withMember(`"x":"${"a".repeat(64 << 20)}"`)(usualText(run)),
    }),
    withinMs: 30_000,
    facts: filesWithoutInput,
  }),
  plain("pj_many_env", {
    process: {
      env: Array.from(
        { length: 5000 },
        (_, i) => `K${i}=${"v".repeat(1000)}`,
      ),
    },
    facts: filesWithoutInput,
  }),
  // One argument of 200 kB: too long for the kernel.
  plain("pj_many_runtimeArgs", {
    process: { runtimeArgs: ["x".repeat(200_000)] },
    facts: (run) => ({
      ...filesWithoutInput(run),
      runtime_calls: run.calls().map(({ cmd, argv }) => ({
        cmd,
        argv: argv.map((argument) => run.normalise(argument).slice(0, 40)),
      })),
    }),
  }),
  plain("pj_is_directory", {
    processJson: null,
    before: (run) => Deno.mkdirSync(`${run.state}/process.json`),
  }),
  // process.json is a FIFO that is fed late.
  plain("pj_is_fifo", {
    processJson: null,
    before: (run) => mkfifo(`${run.state}/process.json`, 0o644),
  }, async (run) => {
    await run.observe(400);
    Deno.writeTextFileSync(`${run.state}/process.json`, usualText(run));
  }),
];

export const processJson: Scenario[] = [...texts, ...types, ...odd];
