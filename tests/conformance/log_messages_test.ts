import assert from "node:assert/strict";
import { CLOSED_TWICE, logMessages } from "./log_messages.ts";

const USUAL = '{"level": "warn","msg": "close |1: file already closed"}';

Deno.test("logMessages() tells the level of each message, in upstream's form and in lines", () => {
  const line = '{"level":"error","msg":"x"}\n';
  const logs: [text: string, messages: string[]][] = [
    ["", []],
    [USUAL, [CLOSED_TWICE]],
    [`{"level": "error","msg": "parsing "x": invalid"}${USUAL}`, [
      "error",
      CLOSED_TWICE,
    ]],
    [line + line, ["error", "error"]],
    // On a line of its own it is like any other.
    [`${USUAL}\n`, ["warn"]],
  ];
  for (const [text, messages] of logs) {
    assert.deepEqual(logMessages(text), messages, text);
  }
});

Deno.test("logMessages() tells what is no message", () => {
  const broken = [
    '{"level": "error","msg": "parsing "x": invalid"}\n',
    '{"level":"error","msg":"x"}',
    '{"level":"error","msg":""}\n',
    '{"level": "error","msg": ""}',
    '{"msg":"x"}\n',
    "x\n",
    "x",
  ];
  for (const text of broken) assert.deepEqual(logMessages(text), ["broken"]);
});
