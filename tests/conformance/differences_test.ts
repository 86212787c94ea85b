/** The list of reasons as a whole: it covers what it is about and nothing else. */
import assert from "node:assert/strict";
import { compare } from "./compare.ts";
import { REASONS } from "./differences.ts";
import { isWhole } from "./reason.ts";
import { type Facts, readRecordings, VERSIONS } from "./recordings.ts";
import { SCENARIOS } from "./scenarios/all.ts";

Deno.test("every recorded scenario is played, and nothing else", () => {
  for (const version of VERSIONS) {
    const recorded = [...readRecordings(version).keys()].sort();
    assert.deepEqual(recorded, [...SCENARIOS.keys()].sort(), version);
  }
});

Deno.test("every reason is there once, in words, for scenarios that there are", () => {
  const keys = REASONS.map(({ key }) => key);
  assert.deepEqual(keys, [...new Set(keys)]);
  for (const { key, why, places } of REASONS) {
    assert.ok(why.length > 40 && why.endsWith("."), key);
    for (const { scenarios } of places) {
      const names = [...SCENARIOS.keys()];
      assert.ok(names.some((name) => isWhole(scenarios, name)), key);
    }
  }
});

Deno.test("what upstream itself did is the same", () => {
  for (const version of VERSIONS) {
    for (const [scenario, recording] of readRecordings(version)) {
      const seen = { scenario, column: version };
      assert.deepEqual(
        compare(seen, recording, recording.facts, REASONS),
        { kind: "same", differences: [] },
        `${scenario} in ${version}`,
      );
    }
  }
});

/** Faults that no reason may cover, wherever they show. */
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
  "errors in the log": (facts) =>
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
  Deno.test(`no reason hides ${fault}`, () => {
    for (const version of VERSIONS) {
      for (const [scenario, recording] of readRecordings(version)) {
        const facts = make(recording.facts);
        if (!facts) continue;
        const seen = { scenario, column: version };
        const { kind } = compare(seen, recording, facts, REASONS);
        assert.equal(kind, "differs", `${scenario} in ${version}`);
      }
    }
  });
}
