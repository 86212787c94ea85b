import assert from "node:assert/strict";
import { defaultShim, PROJECT } from "../support/build.ts";
import { runCommand } from "../support/command.ts";

Deno.test("the modules without FFI run under Node", () => {
  const env = { SHIM: defaultShim() };
  const words = runCommand(`${PROJECT}/tools/test_node`, [], env);
  assert.match(words, /^# fail 0$/m);
});
