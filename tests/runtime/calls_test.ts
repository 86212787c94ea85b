import assert from "node:assert/strict";
import { TempDir } from "../support/own_files.ts";
import { factsOf } from "../support/own_process.ts";

interface Facts<T> {
  result: T;
  left: number;
  leaked: string[];
  back: string;
}

interface Output {
  ending?: { kind: string; code?: number; signal?: number };
  output: string;
}

/** A directory to be called from, a bundle, and a runtime that is a script. */
function place(script: string) {
  const dir = new TempDir();
  Deno.mkdirSync(dir.at("state"));
  Deno.mkdirSync(dir.at("bundle"));
  return {
    dir,
    state: { cwd: dir.at("state") },
    bundle: dir.at("bundle"),
    runtime: dir.file("runtime", `#!/bin/sh\n${script}\n`, 0o755),
    [Symbol.dispose]: () => dir[Symbol.dispose](),
  };
}

const exited = (code: number) => ({ kind: "exited", code });
const unlimited = "Infinity";

Deno.test("Runtime.call() runs it in the bundle and waits for its end", async () => {
  using p = place('pwd >"$1"; exit 3');
  const facts = await factsOf("runtime", [
    "call",
    p.runtime,
    p.bundle,
    p.dir.at("said"),
  ], p.state);
  assert.deepEqual(facts, {
    result: exited(3),
    left: 0,
    leaked: [],
    order: ["started", "ended"],
    called: [false, true],
    back: p.state.cwd,
  });
  assert.equal(Deno.readTextFileSync(p.dir.at("said")), `${p.bundle}\n`);
});

Deno.test("Runtime.call() tells by which signal it was killed", async () => {
  using p = place("kill -9 $$");
  const facts = await factsOf<Facts<unknown>>(
    "runtime",
    ["call", p.runtime, ""],
    p.state,
  );
  assert.deepEqual(facts.result, { kind: "signaled", signal: 9 });
});

Deno.test("Runtime.callForOutput() returns what it printed, to stdout and stderr", async () => {
  using p = place('cat; echo "$0|$1|$2"; echo "from $PWD" >&2; exit 4');
  const facts = await factsOf("runtime", [
    "output",
    p.runtime,
    unlimited,
    "",
    "a b",
    "",
  ], p.state);
  assert.deepEqual(facts, {
    result: {
      ending: exited(4),
      output: `${p.runtime}|a b|\nfrom ${p.state.cwd}\n`,
    },
    left: 0,
    leaked: [],
    back: p.state.cwd,
  });
});

Deno.test("Runtime.callForOutput() of much output keeps its beginning and does not block it", async () => {
  using p = place("head -c 1000000 /dev/zero | tr '\\0' x; exit 5");
  const { result } = await factsOf<Facts<Output>>(
    "runtime",
    ["output", p.runtime, unlimited, ""],
    p.state,
  );
  assert.deepEqual(result, { ending: exited(5), output: "x".repeat(4096) });
});

Deno.test("Runtime.callForOutput() kills what takes too long, and reaps it", async () => {
  using p = place("echo begun; exec sleep 60");
  const { result, left, leaked } = await factsOf<Facts<Output>>(
    "runtime",
    ["output", p.runtime, "500", ""],
    p.state,
  );
  assert.equal(result.ending, undefined);
  assert.deepEqual([left, leaked], [0, []]);
});

Deno.test("Runtime.callForOutput() does not wait for what the call leaves behind", async () => {
  using p = place("sleep 60 & echo $!");
  assert.deepEqual(
    await factsOf("runtime", ["background", p.runtime], p.state),
    {
      result: { ending: exited(0), numeric: true },
      left: 0,
      leaked: [],
    },
  );
});

Deno.test("Runtime.callForOutput() without any descriptor left calls it all the same", async () => {
  using p = place('echo "$*" >said; echo unheard; exit 6');
  assert.deepEqual(
    await factsOf("runtime", ["exhausted", p.runtime], p.state),
    { result: { ending: exited(6), output: "" }, left: 0, leaked: [] },
  );
  assert.equal(
    Deno.readTextFileSync(`${p.state.cwd}/said`),
    "delete box\n",
  );
});

Deno.test("Runtime: a bare name is looked up in PATH and stays argv[0]", async () => {
  using p = place("tr '\\0' '|' </proc/$$/cmdline");
  const { result } = await factsOf<Facts<Output>>(
    "runtime",
    ["output", "runtime", unlimited, "", "list"],
    { ...p.state, env: { PATH: `${p.dir.path}:/usr/bin:/bin` } },
  );
  // The kernel puts the interpreter in place of argv[0].
  assert.equal(result.output, `/bin/sh|${p.dir.path}/runtime|list|`);
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
    [p.runtime, "/no/bundle", 'Cannot enter bundle "/no/bundle": ENOENT'],
    [p.runtime, text, `Cannot enter bundle "${text}": ENOTDIR`],
  ];
  for (const [command, bundle, why] of cases) {
    const facts = await factsOf<Facts<Record<"call" | "output", string>>>(
      "runtime",
      ["errors", command, bundle],
      p.state,
    );
    const { call, output } = facts.result;
    assert.ok(call.startsWith(why), call);
    assert.equal(output, call);
    assert.deepEqual([facts.left, facts.leaked], [0, []]);
    assert.equal(facts.back, p.state.cwd);
  }
});
