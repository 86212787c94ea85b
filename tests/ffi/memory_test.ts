import assert from "node:assert/strict";
import v8 from "node:v8";
import vm from "node:vm";
import fc from "fast-check";
import {
  addressOfBuffer,
  cString,
  CStringArray,
  fixedMemory,
  textAt,
  textIn,
} from "../../ffi/memory.ts";
import { bytesToText } from "../../ffi/text.ts";
import { errorOf } from "../support/own_files.ts";

/** The C string at an address. */
function stringAt(address: bigint): string {
  const pointer = Deno.UnsafePointer.create(address)!;
  return new Deno.UnsafePointerView(pointer).getCString();
}

v8.setFlagsFromString("--expose-gc");
const gc: (how?: { type: "minor" }) => void = vm.runInNewContext("gc");

/** Has the engine move and free what it may. */
function collectGarbage(): void {
  // Twice, for what is young: it moves each time until it is old.
  for (let i = 0; i < 2; i++) gc({ type: "minor" });
  gc();
}

Deno.test("cString() refuses a NUL, wherever it is", () => {
  for (const text of ["\0", "a\0b", "a\0"]) {
    const error = errorOf(() => cString(text));
    assert.ok(error instanceof TypeError);
    assert.match(error.message, /holds a NUL byte/);
    assert.ok(error.message.includes(JSON.stringify(text)), error.message);
  }
});

Deno.test("cString(), textAt(), textIn(): what is no UTF-8 comes back as it was", () => {
  fc.assert(
    fc.property(fc.uint8Array({ min: 1 }), (bytes) => {
      const text = bytesToText(bytes);
      const string = cString(text);
      assert.deepEqual(string, new Uint8Array([...bytes, 0]));
      assert.equal(textAt(Deno.UnsafePointer.of(string)!), text);
      assert.equal(textIn(new Uint8Array([...string, 1, 2])), text);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("textAt(), textIn(): the replacement character and a byte order mark are text", () => {
  for (const text of ["", "\ufffd", "\ufeffa", "a\ufffd\ufeff"]) {
    assert.equal(textAt(Deno.UnsafePointer.of(cString(text))!), text);
    assert.equal(textIn(cString(text)), text);
  }
  assert.equal(textIn(new TextEncoder().encode("no NUL")), "no NUL");
});

Deno.test("CStringArray points at its strings and ends with NULL", () => {
  const array = new CStringArray(["runc", "", "--console", "é"]);
  assert.equal(array.pointers.length, 5);
  assert.deepEqual(
    [...array.pointers.subarray(0, 4)].map(stringAt),
    ["runc", "", "--console", "é"],
  );
  assert.equal(array.pointers[4], 0n);
});

Deno.test("CStringArray of nothing is only the NULL", () => {
  assert.deepEqual([...new CStringArray([]).pointers], [0n]);
});

Deno.test("CStringArray refuses a NUL in any string", () => {
  assert.ok(errorOf(() => new CStringArray(["a", "b\0"])) instanceof TypeError);
});

Deno.test("addressOfBuffer() is where the bytes are", () => {
  const buffer = new Uint8Array([7, 8, 9]);
  const pointer = Deno.UnsafePointer.create(addressOfBuffer(buffer))!;
  const view = new Deno.UnsafePointerView(pointer);
  assert.deepEqual([view.getUint8(0), view.getUint8(2)], [7, 9]);
  assert.equal(
    addressOfBuffer(buffer.subarray(1)),
    addressOfBuffer(buffer) + 1n,
  );
});

Deno.test("addresses of buffers and strings stay as they are", () => {
  // Small arrays may live in the engine's heap, which it compacts.
  const vectors = Array.from({ length: 50 }, (_, i) => {
    const vector = new BigUint64Array(fixedMemory(16));
    vector.set([BigInt(i), 2n]);
    return { vector, address: addressOfBuffer(vector) };
  });
  const arrays = Array.from(
    { length: 50 },
    (_, i) => new CStringArray([`number ${i}`, "x"]),
  );
  collectGarbage();
  vectors.forEach(({ vector, address }, i) => {
    const pointer = Deno.UnsafePointer.create(address)!;
    const found = new Deno.UnsafePointerView(pointer).getBigUint64();
    assert.equal(found, BigInt(i));
    assert.equal(addressOfBuffer(vector), address);
  });
  arrays.forEach(({ pointers }, i) => {
    assert.equal(stringAt(pointers[0]), `number ${i}`);
  });
});
