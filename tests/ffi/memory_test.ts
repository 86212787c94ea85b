import assert from "node:assert/strict";
import { addressOfBuffer, cString, CStringArray } from "../../ffi/memory.ts";
import { errorOf } from "../support/own_files.ts";

/** The C string at an address. */
function stringAt(address: bigint): string {
  const pointer = Deno.UnsafePointer.create(address)!;
  return new Deno.UnsafePointerView(pointer).getCString();
}

/** Makes garbage, so that the engine moves and frees what it may. */
function makeGarbage(): void {
  let last: unknown;
  for (let i = 0; i < 300_000; i++) {
    last = { last: i, bytes: new Uint8Array(48) };
  }
  assert.ok(last);
}

Deno.test("cString() is UTF-8 with a NUL behind it", () => {
  assert.deepEqual([...cString("ab")], [97, 98, 0]);
  assert.deepEqual([...cString("é€😀")], [
    ...[0xc3, 0xa9],
    ...[0xe2, 0x82, 0xac],
    ...[0xf0, 0x9f, 0x98, 0x80],
    0,
  ]);
  assert.deepEqual([...cString("")], [0]);
});

Deno.test("cString() refuses a NUL, wherever it is", () => {
  for (const text of ["\0", "a\0b", "a\0"]) {
    const error = errorOf(() => cString(text));
    assert.ok(error instanceof TypeError);
    assert.match(error.message, /holds a NUL byte/);
    assert.ok(error.message.includes(JSON.stringify(text)), error.message);
  }
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
    const vector = new BigUint64Array([BigInt(i), 2n]);
    return { vector, address: addressOfBuffer(vector) };
  });
  const arrays = Array.from(
    { length: 50 },
    (_, i) => new CStringArray([`number ${i}`, "x"]),
  );
  makeGarbage();
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
