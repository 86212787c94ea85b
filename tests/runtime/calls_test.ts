import assert from "node:assert/strict";
import { TempDir } from "../support/own_files.ts";
import { factsOf } from "../support/own_process.ts";

/** A directory to be called from, a bundle, and a runtime that is a script. */
function place(script: string) {
  const dir = new TempDir();
  Deno.mkdirSync(dir.at("state"));
  Deno.mkdirSync(dir.at("bundle"));
  const state = Deno.realPathSync(dir.at("state"));
  return {
    dir,
    state,
    facts: <T>(args: string[], env?: Record<string, string>) =>
      factsOf<T>("supervising", args, { cwd: state, env }),
    bundle: Deno.realPathSync(dir.at("bundle")),
    runtime: dir.file("runtime", `#!/bin/sh\n${script}\n`, 0o755),
    [Symbol.dispose]: () => dir[Symbol.dispose](),
  };
}

const exited = (code: number) => ({ kind: "exited", code });
const CLEAN = { left: 0, leaked: [] };
const unlimited = "Infinity";

Deno.test("Runtime.call() runs it in the bundle and waits for its end", async () => {
  using p = place('pwd >"$1"; exit 3');
  const args = ["call", p.runtime, p.bundle, p.dir.at("said")];
  assert.deepEqual(await p.facts(args), {
    ...CLEAN,
    ending: exited(3),
    output: "",
    called: [false, true],
    stillHere: p.state,
  });
  assert.equal(Deno.readTextFileSync(p.dir.at("said")), `${p.bundle}\n`);
});

const OUTPUTS: [what: string, script: string, ending: unknown, out: string][] =
  [
    ["a signal", "kill -9 $$", { kind: "signaled", signal: 9 }, ""],
    [
      "what it prints, to stdout and stderr",
      'cat; echo "$1|$2"; echo error >&2; exit 4',
      exited(4),
      "a b|\nerror\n",
    ],
    [
      "much output: its beginning",
      "head -c 10000000 /dev/zero | tr '\\0' x; exit 5",
      exited(5),
      "x".repeat(4096),
    ],
  ];
for (const [what, script, ending, output] of OUTPUTS) {
  Deno.test(`Runtime.callForOutput() tells of ${what}`, async () => {
    using p = place(script);
    const args = ["output", p.runtime, unlimited, "", "a b", ""];
    assert.deepEqual(await p.facts(args), {
      ...CLEAN,
      ending,
      output,
    });
  });
}

Deno.test("Runtime.callForOutput() kills what takes too long, and reaps it", async () => {
  using p = place("echo begun; exec sleep 60");
  const args = ["output", p.runtime, "500", ""];
  const facts = await p.facts<Record<string, unknown>>(args);
  assert.equal(facts.ending, undefined);
  assert.deepEqual([facts.left, facts.leaked], [0, []]);
});

Deno.test("Runtime.callForOutput() does not wait for what the call leaves behind", async () => {
  using p = place("sleep 60 & echo $!");
  assert.deepEqual(
    await p.facts(["background", p.runtime]),
    { ending: exited(0), numeric: true, all: true },
  );
});

Deno.test("Runtime.callForOutput() lets what the call leaves behind go on printing", async () => {
  using p = place(
    "mkfifo gate; echo begun; " +
      "(read x <gate; head -c 200000 /dev/zero && echo lives >said) &",
  );
  assert.deepEqual(
    await p.facts(["lateWords", p.runtime]),
    { output: "begun\n", all: true, said: "lives\n" },
  );
});

Deno.test("Runtime.callForOutput() without any descriptor left calls it all the same", async () => {
  using p = place('echo "$*" >said; echo unheard; exit 6');
  assert.deepEqual(
    await p.facts(["exhausted", p.runtime]),
    { ...CLEAN, ending: exited(6), output: "" },
  );
  assert.equal(Deno.readTextFileSync(`${p.state}/said`), "delete box\n");
});

Deno.test("Runtime: a bare name is looked up in PATH and stays argv[0]", async () => {
  using p = place("tr '\\0' '|' </proc/$$/cmdline");
  const { output } = await p.facts<{ output: string }>(
    ["output", "runtime", unlimited, "", "list"],
    { PATH: `${p.dir.path}:/usr/bin:/bin` },
  );
  // The kernel puts the interpreter in place of argv[0].
  assert.equal(output, `/bin/sh|${p.dir.path}/runtime|list|`);
});

Deno.test("Runtime: what cannot be started is an error that says why, and nothing is left", async () => {
  using p = place("");
  const text = p.dir.file("text", "no program\n", 0o755);
  const cases: [command: string, bundle: string, why: string][] = [
    ["", "", "No runtime was given: "],
    ["no-such-runtime", "", 'Cannot find the runtime "no-such-runtime": '],
    ["/no/such", "", 'Cannot start "/no/such": ENOENT'],
    [text, "", `Cannot start "${text}": ENOEXEC`],
    [p.bundle, "", `Cannot start "${p.bundle}": EACCES`],
    [
      p.runtime,
      "/no/bundle",
      `Cannot start "${p.runtime}" in "/no/bundle": ENOENT`,
    ],
    [p.runtime, text, `Cannot start "${p.runtime}" in "${text}": ENOTDIR`],
  ];
  for (const [command, bundle, why] of cases) {
    const { result, ...rest } = await p.facts<
      { result: Record<"call" | "output", string> }
    >(["errors", command, bundle]);
    assert.ok(result.call.startsWith(why), result.call);
    assert.equal(result.output, result.call);
    assert.deepEqual(rest, CLEAN);
  }
});
