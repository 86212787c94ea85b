import assert from "node:assert/strict";
import { controlModel, controlStream } from "./control_model.ts";

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
