import assert from "node:assert/strict";
import { CLOSED_TWICE, logMessages } from "./log_messages.ts";

const USUAL = '{"level": "warn","msg": "close |1: file already closed"}';

Deno.test("logMessages() of upstream's log of a normal run", () => {
  assert.deepEqual(logMessages(USUAL), [CLOSED_TWICE]);
});

Deno.test("logMessages() of upstream's log with a quote in the text", () => {
  const text = `{"level": "error","msg": "parsing "x": invalid"}${USUAL}`;
  assert.deepEqual(logMessages(text), ["error", CLOSED_TWICE]);
});

Deno.test("logMessages() of lines", () => {
  const line = '{"level":"error","msg":"x"}\n';
  assert.deepEqual(logMessages(line + line), ["error", "error"]);
  assert.deepEqual(logMessages(""), []);
});

Deno.test("logMessages() takes the usual warning on a line of its own for any other", () => {
  assert.deepEqual(logMessages(`${USUAL}\n`), ["warn"]);
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
