const encoder = new TextEncoder();

/**
 * Text for bytes of which nobody says that they are UTF-8: paths, arguments,
 * the environment. Where they are not, each byte from 0x80 on becomes a lone
 * surrogate (U+DC80 to U+DCFF, as in Python's PEP 383), so that `textToBytes`
 * gives back the very same bytes.
 */
export function bytesToText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(bytes);
  } catch {
    return Array.from(bytes, (byte) => String.fromCharCode(escaped(byte)))
      .join("");
  }
}

function escaped(byte: number): number {
  return byte < 0x80 ? byte : 0xdc00 + byte;
}

/** The bytes that a text stands for. */
export function textToBytes(text: string): Uint8Array<ArrayBuffer> {
  if (text.isWellFormed()) return encoder.encode(text);
  const pieces: number[] = [];
  for (const rune of text) {
    const code = rune.codePointAt(0)!;
    if (code >= 0xdc80 && code <= 0xdcff) pieces.push(code - 0xdc00);
    else pieces.push(...encoder.encode(rune));
  }
  const bytes = new Uint8Array(new ArrayBuffer(pieces.length));
  bytes.set(pieces);
  return bytes;
}
