import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesToText, textToBytes } from "../../ffi/text.ts";

Deno.test("bytesToText(), textToBytes(): any bytes come back as they were", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      assert.deepEqual(textToBytes(bytesToText(bytes)), bytes);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("textToBytes(): any text that is Unicode is its UTF-8", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      assert.deepEqual(textToBytes(text), new TextEncoder().encode(text));
      assert.equal(bytesToText(textToBytes(text)), text);
    }),
  );
});

Deno.test("bytesToText(): what is no UTF-8 shows as lone surrogates", () => {
  const latin1 = new Uint8Array([0x6d, 0xfc, 0x2f]);
  assert.equal(bytesToText(latin1), "m\udcfc/");
  // In the middle of other text, and as a part of it.
  assert.deepEqual(
    textToBytes("é" + bytesToText(latin1)),
    new Uint8Array([0xc3, 0xa9, 0x6d, 0xfc, 0x2f]),
  );
});
