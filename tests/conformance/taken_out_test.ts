/** What is taken out of the comparison, and that no fault can hide there. */
import assert from "node:assert/strict";
import { compare, type Verdict } from "./compare.ts";
import { REASONS } from "./differences.ts";
import { CLOSED_TWICE, logMessages } from "./log_messages.ts";
import { type Facts, readRecordings, VERSIONS } from "./recordings.ts";
import { takeOut } from "./taken_out.ts";

const USUAL = '{"level": "warn","msg": "close |1: file already closed"}';

Deno.test("takeOut() takes an empty console out where upstream has it", () => {
  const empty = ["create", "--console", "", "--pid-file"];
  const none = ["create", "--pid-file"];
  const another = ["create", "--console", "/dev/pts/0", "--pid-file"];
  assert.deepEqual(takeOut(empty, none), [none, none]);
  assert.deepEqual(takeOut(empty, empty), [none, none]);
  assert.deepEqual(takeOut(empty, another), [none, another]);
  assert.deepEqual(takeOut(none, empty), [none, empty]);
  assert.deepEqual(takeOut(["create --console '' x"], ["create x"]), [
    ["create x"],
    ["create x"],
  ]);
});

/** Each recording with its log, where that is of a few messages. */
function* recordedLogs() {
  for (const version of VERSIONS) {
    for (const [scenario, recording] of readRecordings(version)) {
      const files = recording.facts.files as Record<string, Facts> | undefined;
      const log = files?.["shim-log.json"];
      if (typeof log?.content !== "string") continue;
      const withLog = (content: string): Verdict => {
        const facts = {
          ...recording.facts,
          files: { ...files, "shim-log.json": { ...log, content } },
        };
        const seen = { scenario, column: version };
        return compare(seen, recording, facts, REASONS);
      };
      yield { scenario, version, content: log.content, withLog };
    }
  }
}

Deno.test("a log without upstream's usual warning, with each message on a line, is the same", () => {
  let usual = 0;
  for (const { scenario, version, content, withLog } of recordedLogs()) {
    const levels = logMessages(content);
    const others = levels.filter((level) => level !== CLOSED_TWICE);
    assert.ok(levels.length - others.length <= 1, scenario);
    usual += levels.length - others.length;
    const lines = others.map((level) => `{"level":"${level}","msg":"x"}\n`);
    assert.deepEqual(
      withLog(lines.join("")),
      { kind: "same", differences: [] },
      `${scenario} in ${version}`,
    );
  }
  assert.ok(usual > 1000);
});

/** Logs that must be noticed, whatever upstream's is. */
const FAULTS: Record<string, (content: string) => string> = {
  "upstream's warning once more": (content) => content + USUAL,
  "upstream's warning as an error": (content) =>
    content.replace(USUAL, "") +
    '{"level":"error","msg":"close |1: file already closed"}\n'.repeat(2),
  "its words without JSON": (content) =>
    content.replace(USUAL, "") + "close |1: file already closed\n",
  "a quote that is not escaped": (content) =>
    content.replace(USUAL, "") + '{"level":"warn","msg":"a "quote""}\n',
  "a line without its end": (content) =>
    content.replace(USUAL, "") + '{"level":"warn","msg":"x"}',
};

for (const [fault, make] of Object.entries(FAULTS)) {
  Deno.test(`what is taken out does not hide ${fault}`, () => {
    for (const { scenario, version, content, withLog } of recordedLogs()) {
      const { kind } = withLog(make(content));
      assert.equal(kind, "differs", `${scenario} in ${version}`);
    }
  });
}
