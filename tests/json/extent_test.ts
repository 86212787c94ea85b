import assert from "node:assert/strict";
import fc from "fast-check";
import { ValueExtent } from "../../src/json/extent.ts";

/** How many bytes are taken until nothing more can belong to the value. */
function extentOf(bytes: Uint8Array, chunk = 1): number {
  const extent = new ValueExtent();
  for (let at = 0; at < bytes.length; at += chunk) {
    if (extent.done) return at;
    extent.push(bytes.subarray(at, at + chunk));
  }
  return extent.done ? bytes.length : Infinity;
}

const encode = (text: string) => new TextEncoder().encode(text);
const blanks = fc.stringMatching(/^[ \t\r\n]{0,3}$/);

Deno.test("ValueExtent ends with an object, an array or a string, whatever follows", () => {
  const value = fc.oneof(
    fc.string({ unit: "binary" }).map((text) => text.toWellFormed()),
    fc.array(fc.jsonValue()),
    fc.dictionary(fc.string(), fc.jsonValue()),
  );
  fc.assert(
    fc.property(blanks, value, fc.nat(3), (before, value, indent) => {
      const text = before + JSON.stringify(value, null, indent);
      const { length } = encode(text);
      for (const tail of ["", "\0\0", " x", "}"]) {
        assert.equal(extentOf(encode(text + tail)), length, text);
      }
    }),
    { numRuns: 1000 },
  );
});

Deno.test("ValueExtent ends behind a number or a word with what follows it", () => {
  for (const word of ["1", "-1.5e+3", "true", "false", "null"]) {
    for (const tail of [" ", "\n", "\0", ",", "}"]) {
      assert.equal(extentOf(encode(word + tail + "rest")), word.length + 1);
    }
    assert.equal(extentOf(encode(word)), Infinity);
  }
});

Deno.test("ValueExtent ends where there can be no value", () => {
  const cases = ["\0", "\ufeff{}", "[\0", '{"a\n', '"\u0001', '"\\\0', "'"];
  for (const text of cases) {
    assert.ok(extentOf(encode(text + "x".repeat(100))) <= encode(text).length);
  }
});

Deno.test("ValueExtent: how the bytes come does not matter", () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.integer({ min: 1, max: 9 }), (bytes, n) => {
      const one = extentOf(bytes);
      const many = extentOf(bytes, n);
      assert.ok(many >= one && many - one < n || many === one);
    }),
  );
});
