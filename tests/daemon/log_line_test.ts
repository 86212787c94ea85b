import { strictEqual } from "node:assert/strict";
import { logLine } from "../../src/daemon/log_line.ts";

// That any message makes one line of JSON is a property over random ones: see
// tests/robustness/parser_properties.ts.

Deno.test("logLine() has upstream's keys, order and spacing", () => {
  strictEqual(
    logLine("warn", 'exec: no "command"'),
    '{"level": "warn","msg": "exec: no \\"command\\""}\n',
  );
});

Deno.test("logLine() encodes to UTF-8 even with half a surrogate pair", () => {
  const line = logLine("warn", "a\ud83d");
  strictEqual(line.isWellFormed(), true);
  strictEqual(JSON.parse(line).msg, "a\ud83d");
});
