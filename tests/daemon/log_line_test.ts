import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { type Level, logLine } from "../../src/daemon/log_line.ts";

Deno.test("logLine() has upstream's keys, order and spacing", () => {
  strictEqual(
    logLine("error", "exec: no command"),
    '{"level": "error","msg": "exec: no command"}\n',
  );
});

Deno.test("logLine() is one line of JSON, whatever the message", () => {
  const messages = [
    "",
    'strconv.Atoi: parsing "12x\\n": invalid syntax',
    "back\\slash, tab\t, newline\n, return\r, NUL \0, escape \x1b",
    "é, 😀, \u2028, \ufffd",
    '"}{"level": "error","msg": "forged"}',
  ];
  for (const level of ["error", "warn", "info", "debug"] as Level[]) {
    for (const msg of messages) {
      const line = logLine(level, msg);
      deepStrictEqual(JSON.parse(line), { level, msg });
      strictEqual(line.indexOf("\n"), line.length - 1);
    }
  }
});

Deno.test("logLine() encodes to UTF-8 even with half a surrogate pair", () => {
  const line = logLine("warn", "a\ud83d");
  strictEqual(line.isWellFormed(), true);
  strictEqual(JSON.parse(line).msg, "a\ud83d");
});
