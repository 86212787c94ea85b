import assert from "node:assert/strict";
import { defaultShim, PROJECT } from "../support/build.ts";

Deno.test("the modules without FFI run under Node", async () => {
  const { success, stdout, stderr } = await new Deno.Command(
    `${PROJECT}/tools/test_node`,
    { env: { SHIM: defaultShim() }, stdin: "null" },
  ).output();
  const decoder = new TextDecoder();
  const words = decoder.decode(stdout) + decoder.decode(stderr);
  assert.ok(success, words);
  assert.match(words, /^# fail 0$/m);
});
