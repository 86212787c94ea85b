import { match, ok, strictEqual } from "node:assert/strict";
import { usage } from "../src/usage.ts";

Deno.test("usage() says how the program is called, by whom and where", () => {
  const text = usage("/opt/shim");
  ok(text.startsWith("Usage: /opt/shim <id> <bundle> <runtime>\n"));
  match(text, /containerd starts this program/);
  match(text, /working directory must be the state directory/);
});

Deno.test("usage() lists each option", () => {
  match(usage("x"), /^ {2}-h, --help {3}\S/m);
  match(usage("x"), /^ {2}--version {4}\S/m);
  match(usage("x"), /^ {2}--check \[runtime\] +\S/m);
  match(usage("x"), /^ {2}--inspect <directory> +\S/m);
  match(usage("x"), /^ {2}--json +\S/m);
});

Deno.test("usage() fits a terminal of 80 columns and ends its last line", () => {
  const lines = usage("docker-containerd-shim").split("\n");
  for (const line of lines) ok(line.length <= 80, line);
  strictEqual(lines.at(-1), "");
  strictEqual(lines.at(-2)?.trim() === "", false);
});
