import { bytesToText, textToBytes } from "./text.ts";

/**
 * A NUL-terminated C string.
 *
 * @throws {TypeError} when the text holds a NUL, which C would cut it at
 */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  if (text.includes("\0")) {
    throw new TypeError(
      `${JSON.stringify(text)} holds a NUL byte, which no argument may`,
    );
  }
  return textToBytes(text + "\0");
}

/** The text of a NUL-terminated C string. */
export function textAt(pointer: Deno.PointerObject): string {
  const view = new Deno.UnsafePointerView(pointer);
  const text = view.getCString();
  // What is no UTF-8 has become U+FFFD there, and is read byte for byte.
  if (!text.includes("\ufffd")) return text;
  let length = 0;
  while (view.getUint8(length) !== 0) length++;
  const bytes = new Uint8Array(length);
  view.copyInto(bytes);
  return bytesToText(bytes);
}

/** The text of a buffer up to its first NUL. */
export function textIn(buffer: Uint8Array): string {
  const end = buffer.indexOf(0);
  return bytesToText(end === -1 ? buffer : buffer.subarray(0, end));
}

/**
 * A NULL-terminated `char *const argv[]`.
 *
 * The strings are held by the returned object: keep it until the call is made.
 *
 * @throws {TypeError} when a string holds a NUL
 */
export class CStringArray {
  readonly pointers: BigUint64Array<ArrayBuffer>;
  readonly strings: Uint8Array<ArrayBuffer>[];

  constructor(texts: readonly string[]) {
    this.strings = texts.map(cString);
    this.pointers = new BigUint64Array(fixedMemory((texts.length + 1) * 8));
    this.strings.forEach((string, index) => {
      this.pointers[index] = addressOfBuffer(string);
    });
  }
}

/**
 * Memory whose address stays what it is: V8 keeps the content of small typed
 * arrays on its own heap, where it may move.
 */
export function fixedMemory(bytes: number): ArrayBuffer {
  return new ArrayBuffer(bytes);
}

/** Where a buffer (see `fixedMemory`) lives, for structs that point at other structs. */
export function addressOfBuffer(buffer: BufferSource): bigint {
  return Deno.UnsafePointer.value(Deno.UnsafePointer.of(buffer));
}
