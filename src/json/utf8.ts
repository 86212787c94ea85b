/**
 * Text as Go reads it: each byte that is no part of valid UTF-8 becomes one
 * U+FFFD. (`TextDecoder` gives one for a whole truncated sequence.) A byte
 * order mark stays in the text.
 */
export function decodeUtf8(bytes: Uint8Array): string {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  try {
    return decoder.decode(bytes);
  } catch {
    return decoder.decode(replaceInvalid(bytes));
  }
}

const REPLACEMENT = [0xef, 0xbf, 0xbd];

function replaceInvalid(bytes: Uint8Array): Uint8Array {
  let invalid = 0;
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at);
    if (length === 0) invalid++;
    at += length || 1;
  }
  const valid = new Uint8Array(
    bytes.length + invalid * (REPLACEMENT.length - 1),
  );
  for (let at = 0, to = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at);
    const source = length === 0 ? REPLACEMENT : bytes.subarray(at, at + length);
    valid.set(source, to);
    to += source.length;
    at += length || 1;
  }
  return valid;
}

/** How many bytes the valid sequence at `at` has; 0 if there is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at];
  if (first < 0x80) return 1;
  const length = lengthAfter(first);
  for (let k = 1; k < length; k++) {
    const [low, high] = k === 1 ? secondByteRange(first) : CONTINUATION;
    // Beyond the end this compares with undefined, which is always false.
    if (!(bytes[at + k] >= low && bytes[at + k] <= high)) return 0;
  }
  return length;
}

/** The length of a sequence that begins with a byte from 0x80; 0 if none can. */
export function lengthAfter(first: number): 0 | 2 | 3 | 4 {
  if (first < 0xc2 || first > 0xf4) return 0;
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

export const CONTINUATION: readonly [low: number, high: number] = [0x80, 0xbf];

/** Leaves out overlong forms, surrogates and what is beyond U+10FFFF. */
export function secondByteRange(
  first: number,
): readonly [low: number, high: number] {
  switch (first) {
    case 0xe0:
      return [0xa0, 0xbf];
    case 0xed:
      return [0x80, 0x9f];
    case 0xf0:
      return [0x90, 0xbf];
    case 0xf4:
      return [0x80, 0x8f];
    default:
      return CONTINUATION;
  }
}
