const encoder = new TextEncoder();

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
  return encoder.encode(text + "\0");
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
    this.pointers = new BigUint64Array(texts.length + 1);
    this.strings.forEach((string, index) => {
      this.pointers[index] = addressOfBuffer(string);
    });
  }
}

/** Where a buffer lives, for structs that point at other structs. */
export function addressOfBuffer(buffer: BufferSource): bigint {
  return Deno.UnsafePointer.value(Deno.UnsafePointer.of(buffer));
}
