/** The parts of the conformance suite that decide, without any process. */
import assert from "node:assert/strict";
import { compare, type Deliberate, differencesBetween } from "./compare.ts";
import { contractOf, logSummary } from "./contract.ts";
import { DELIBERATE } from "./differences.ts";
import { type Facts, readRecordings, VERSIONS } from "./recordings.ts";
import { SCENARIOS, THEMES } from "./scenarios/all.ts";
import { controlModel, controlStream } from "./scenarios/control_model.ts";
import type { Cell } from "./cell.ts";
import { asMarkdown, asText, type Table } from "./table.ts";
import { withoutToolchain } from "./toolchain.ts";

const at = (scenario: string) => ({ scenario, column: "0.2.9" });
const create = { cmd: "create", argv: ["runc", "create"] };
const kill = { cmd: "kill", argv: ["runc", "kill"] };

Deno.test("every recorded scenario is played, and nothing else", () => {
  for (const version of VERSIONS) {
    const recorded = [...readRecordings(version).keys()].sort();
    assert.deepEqual(recorded, [...SCENARIOS.keys()].sort(), version);
  }
});

Deno.test("differencesBetween() names the place and both values", () => {
  const upstream = { files: { pid: { mode: "0644" } }, shim_exit: 0 };
  const ours = { files: { pid: { mode: "0600" } }, shim_exit: 0 };
  assert.deepEqual(differencesBetween(upstream, ours, ""), [
    { path: "/files/pid/mode", upstream: "0644", ours: "0600" },
  ]);
});

Deno.test("differencesBetween() tells absent from null", () => {
  assert.deepEqual(differencesBetween({}, { a: null }, "f"), [
    { path: "f/a", upstream: undefined, ours: null },
  ]);
});

Deno.test("differencesBetween() lines calls up from the last one", () => {
  const tried = { cmd: "create", argv: ["runc", "create", "--console-socket"] };
  assert.deepEqual(
    differencesBetween([create, kill], [tried, create, kill], "calls"),
    [{ path: "calls/extra", upstream: undefined, ours: tried }],
  );
});

Deno.test("differencesBetween() reports a call that is missing", () => {
  assert.deepEqual(differencesBetween([create, kill], [create], "calls"), [
    { path: "calls/1", upstream: kill, ours: undefined },
  ]);
});

Deno.test("differencesBetween() reports calls in another order", () => {
  const differences = differencesBetween([create, kill], [kill, create], "c");
  assert.notEqual(differences.length, 0);
});

Deno.test("compare() accepts every form that upstream showed", () => {
  const expected = { facts: { left: "a" }, varies: { left: ["a", "b"] } };
  assert.deepEqual(compare(at("s"), expected, { left: "b" }, []), {
    kind: "same",
  });
  assert.equal(compare(at("s"), expected, { left: "c" }, []).kind, "differs");
});

Deno.test("compare() gives facts about time some room", () => {
  const expected = { facts: { shim_lifetime_s: 15 } };
  const kindFor = (seconds: number) =>
    compare(at("s"), expected, { shim_lifetime_s: seconds }, []).kind;
  assert.equal(kindFor(16), "same");
  assert.equal(kindFor(19), "differs");
});

Deno.test("compare() explains only what an entry is about", () => {
  const entry: Deliberate = {
    key: "k",
    scenarios: /cli_.*/,
    facts: { "shim_exit": ({ ours }) => ours === 0 },
    reason: "",
  };
  const verdict = (scenario: string, exit: number, more = {}) =>
    compare(at(scenario), { facts: { shim_exit: 2 } }, {
      shim_exit: exit,
      ...more,
    }, [entry]);
  assert.deepEqual(verdict("cli_h", 0), { kind: "better", keys: ["k"] });
  assert.equal(verdict("cli_h", 1).kind, "differs");
  assert.equal(verdict("other_cli_h", 0).kind, "differs");
  assert.equal(verdict("cli_h", 0, { stdout: "x" }).kind, "differs");
});

Deno.test("compare() takes an entry for its columns only", () => {
  const entry: Deliberate = {
    key: "k",
    scenarios: /s/,
    columns: /0\.2\.[35]/,
    facts: { "shim_exit": () => true },
    reason: "",
  };
  const kindIn = (column: string) =>
    compare({ scenario: "s", column }, { facts: { shim_exit: 1 } }, {
      shim_exit: 0,
    }, [entry]).kind;
  assert.equal(kindIn("0.2.5"), "better");
  assert.equal(kindIn("0.2.9"), "differs");
});

Deno.test("contractOf() keeps that there is a message and not its words", () => {
  const words = contractOf({ shim_stderr: "flag provided but not defined" });
  assert.deepEqual(words, contractOf({ shim_stderr: "unknown option" }));
  assert.notDeepEqual(words, contractOf({ shim_stderr: "" }));
});

Deno.test("contractOf() merges the end of exit and of the shim, but not across a call", () => {
  const order = (...names: string[]) => contractOf({ order: names }).order;
  assert.deepEqual(order("exit_eof", "shim_exit"), ["exit_eof~shim_exit"]);
  assert.deepEqual(order("exit_eof", "delete", "shim_exit"), [
    "exit_eof",
    "delete",
    "shim_exit",
  ]);
});

const BOGUS = '{"level": "warn","msg": "close |1: file already closed"}';

Deno.test("logSummary() of upstream's log of a normal run", () => {
  assert.deepEqual(logSummary(BOGUS), {
    bogus_warning: true,
    levels: [],
    form: "empty",
  });
});

Deno.test("logSummary() of upstream's log with a quote in the text", () => {
  const text = `${BOGUS}{"level": "error","msg": "parsing "x": invalid"}`;
  assert.deepEqual(logSummary(text), {
    bogus_warning: true,
    levels: ["error"],
    form: "broken",
  });
});

Deno.test("logSummary() tells lines from objects in a row", () => {
  const line = '{"level":"error","msg":"x"}';
  assert.equal(logSummary(`${line}\n${line}\n`).form, "lines");
  assert.equal(logSummary(line).form, "objects");
  assert.equal(logSummary('{"level":"error","msg":""}\n').form, "broken");
});

Deno.test("withoutToolchain() takes away what Go 1.19 adds", () => {
  const attrs = [{ cmd: "create", env: ["A=1", "PWD=$BUNDLE"] }];
  assert.deepEqual(withoutToolchain("create_attrs", { attrs }), {
    attrs: [{ cmd: "create", env: ["A=1"] }],
  });
});

Deno.test("every deliberate difference has a scenario and a reason", () => {
  const reasons = new Map<string, string>();
  for (const { key, scenarios, reason } of DELIBERATE) {
    assert.equal(reasons.get(key) ?? reason, reason, `two reasons for ${key}`);
    reasons.set(key, reason);
    assert.ok(reason.length > 40 && reason.endsWith("."), key);
    const whole = new RegExp(`^(?:${scenarios.source})$`);
    assert.ok([...SCENARIOS.keys()].some((name) => whole.test(name)), key);
  }
});

Deno.test("what upstream itself did is the same", () => {
  for (const version of VERSIONS) {
    for (const [scenario, recording] of readRecordings(version)) {
      const seen = { scenario, column: version };
      const verdict = compare(seen, recording, recording.facts, DELIBERATE);
      assert.deepEqual(verdict, { kind: "same" }, `${scenario} in ${version}`);
    }
  }
});

/** Faults that no deliberate difference may cover, wherever they show. */
const FAULTS: Record<string, (facts: Facts) => Facts | undefined> = {
  "another exit code": (facts) =>
    facts.shim_exit === undefined ? undefined : { ...facts, shim_exit: 77 },
  "lost output": ({ stdout, ...facts }) =>
    typeof stdout === "string" && stdout.length > 1
      ? { ...facts, stdout: stdout.slice(0, -1) }
      : undefined,
  "no delete": (facts) => {
    const calls = facts.runtime_calls as { cmd: string }[] | undefined;
    return calls?.some(({ cmd }) => cmd === "delete")
      ? { ...facts, runtime_calls: calls.filter(({ cmd }) => cmd !== "delete") }
      : undefined;
  },
  "the exit event first": (facts) => {
    const order = facts.order as string[] | undefined;
    return order?.includes("exitStatus")
      ? { ...facts, order: ["exit_eof", ...order] }
      : undefined;
  },
  "another exit status": (facts) => withFile(facts, "exitStatus", "99"),
  "an error in the log": (facts) =>
    withFile(facts, "shim-log.json", '{"level":"error","msg":"x"}\n'.repeat(5)),
};

function withFile(facts: Facts, name: string, content: string) {
  const files = facts.files as Record<string, Facts> | undefined;
  const file = files?.[name];
  return file?.content === undefined || file.content === content
    ? undefined
    : { ...facts, files: { ...files, [name]: { ...file, content } } };
}

for (const [fault, make] of Object.entries(FAULTS)) {
  Deno.test(`no deliberate difference hides ${fault}`, () => {
    for (const version of VERSIONS) {
      for (const [scenario, recording] of readRecordings(version)) {
        const facts = make(recording.facts);
        if (!facts) continue;
        const seen = { scenario, column: version };
        const { kind } = compare(seen, recording, facts, DELIBERATE);
        assert.equal(kind, "differs", `${scenario} in ${version}`);
      }
    }
  });
}

Deno.test("controlModel() restarts at the rune after the one that does not fit", () => {
  const messages = (text: string) =>
    controlModel(new TextEncoder().encode(text));
  assert.deepEqual(messages("xyz1 80 24\n"), [[1n, 80n, 24n]]);
  assert.deepEqual(messages("1 80 24 99\n1 7 9\n"), [[1n, 7n, 9n]]);
  assert.deepEqual(messages("1 80 241 7 9\n"), []);
  assert.deepEqual(messages("1 -1 +2\r\n"), [[1n, -1n, 2n]]);
  assert.deepEqual(messages("1 9223372036854775808 5\n1 7 9\n"), [[
    1n,
    7n,
    9n,
  ]]);
});

Deno.test("controlStream() is the same for a seed and has good messages", () => {
  assert.deepEqual(controlStream(1, 2000), controlStream(1, 2000));
  assert.notDeepEqual(controlStream(1, 2000), controlStream(2, 2000));
  assert.ok(controlModel(controlStream(1, 2000)).length > 20);
});

Deno.test("the tables name each scenario with each column", () => {
  const [{ scenarios: [first] }] = THEMES;
  const cells = new Map([[
    first.name,
    new Map<string, Cell>([
      ["0.2.8", { kind: "better", keys: ["quiet log", "no zombies"] }],
      ["0.2.9", {
        kind: "differs",
        keys: [],
        differences: [{ path: "shim_exit", upstream: 0, ours: 1 }],
      }],
    ]),
  ]]);
  const table: Table = {
    themes: THEMES,
    cells,
    columns: ["0.2.8", "0.2.9"],
    deliberate: DELIBERATE,
    against: "recorded",
    machine: "here",
    date: "today",
  };
  assert.match(asText(table), /0\.2\.8 better \(a\): no zombies/);
  assert.match(asText(table), /0\.2\.9 DIFFERS: shim_exit/);
  const row = `\\| ${first.name} \\| better \\(a\\): no zombies \\| DIFFERS`;
  assert.match(asMarkdown(table), new RegExp(row));
  assert.match(asMarkdown(table), /\*\*quiet log\*\* \(a\): /);
});
