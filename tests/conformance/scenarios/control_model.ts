/**
 * The control messages as upstream reads them, written as a model:
 *
 *     message := WS* int WS+ int WS+ int WS* NL        int := [+-]?[0-9]+
 *
 * At the first rune that does not fit, everything read so far and that rune are
 * dropped and reading starts anew at the next rune.
 */

/** Type, width and height; whole numbers in the range of 64 bits. */
export type ControlMessage = readonly [bigint, bigint, bigint];

const BLANKS = new Set(
  " \t\v\f\r\u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u3000" +
    Array.from({ length: 0xb }, (_, i) => String.fromCharCode(0x2000 + i)).join(
      "",
    ),
);
const REPLACEMENT = "\ufffd";
const LIMIT = 2n ** 63n;

/** The messages that a byte stream holds. */
export function controlModel(bytes: Uint8Array): ControlMessage[] {
  const runes = decodeRunes(bytes);
  const messages: ControlMessage[] = [];
  let at = 0;
  while (at < runes.length) {
    const { message, next } = readMessage(runes, at);
    if (message) messages.push(message);
    at = next;
  }
  return messages;
}

/** Reads one message from `at`, or drops what does not fit; `next` is where to go on. */
function readMessage(
  runes: readonly string[],
  at: number,
): { message?: ControlMessage; next: number } {
  const numbers: bigint[] = [];
  for (let field = 0; field < 3; field++) {
    while (BLANKS.has(runes[at])) at++;
    const start = at;
    if (runes[at] === "+" || runes[at] === "-") at++;
    const digits = at;
    while (/^[0-9]$/.test(runes[at] ?? "")) at++;
    // The rune that ends the number has been read too, and goes with it.
    if (at === digits) return { next: at + 1 };
    const value = BigInt(runes.slice(start, at).join("").replace(/^\+/, ""));
    if (value < -LIMIT || value >= LIMIT) return { next: at + 1 };
    if (field < 2 && !BLANKS.has(runes[at])) return { next: at + 1 };
    numbers.push(value);
  }
  while (BLANKS.has(runes[at])) at++;
  const next = at + 1;
  if (runes[at] !== "\n") return { next };
  return { message: [numbers[0], numbers[1], numbers[2]], next };
}

/** An invalid sequence is one unfit rune; it swallows the bytes read to find that out. */
function decodeRunes(bytes: Uint8Array): string[] {
  const runes: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = lengthOfRune(bytes, at);
    runes.push(decode(bytes.subarray(at, at + length)));
    at += length;
  }
  return runes;
}

function lengthOfRune(bytes: Uint8Array, at: number): number {
  const first = bytes[at];
  const size = first < 0xc2 || first > 0xf4
    ? 1
    : first < 0xe0
    ? 2
    : first < 0xf0
    ? 3
    : 4;
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  let length = 1;
  while (length < size && at + length < bytes.length) {
    const byte = bytes[at + length++];
    const second = length === 2;
    if (byte < (second ? lowest : 0x80) || byte > (second ? highest : 0xbf)) {
      break;
    }
  }
  return length;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      bytes,
    );
  } catch {
    return REPLACEMENT;
  }
}

/** A stream of good, damaged and nonsensical messages that ends with a good one, 7 × 9. */
export function controlStream(
  seed: number,
  length: number,
): Uint8Array<ArrayBuffer> {
  const random = generator(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const encoder = new TextEncoder();
  const bytes: number[] = [];
  while (bytes.length < length) {
    const kind = random();
    if (kind < 0.45) {
      bytes.push(...encoder.encode(`1 ${1 + below(499)} ${1 + below(499)}\n`));
    } else if (kind < 0.6) {
      bytes.push(
        ...damaged(
          encoder.encode(`1 ${below(140_000) - 70_000} ${1 + below(499)}\n`),
        ),
      );
    } else if (kind < 0.9) {
      bytes.push(...pick("0123456789 \n\t\r-+x1111  ", 1 + below(11)));
    } else if (kind < 0.95) {
      const odd = encoder.encode("\u00a0\u3000\u00e9\uff11\u{1f600}\u0085");
      const from = below(6);
      bytes.push(...odd.slice(from, from + 1 + below(8)));
    } else {
      const large = 2n ** 62n + BigInt(below(2 ** 30)) * 2n ** 33n;
      bytes.push(...encoder.encode(`1 ${large} 5\n`));
    }
  }
  return new Uint8Array([...bytes, ...encoder.encode("\n\n1 7 9\n")]);

  function pick(from: string, howMany: number): number[] {
    return Array.from(
      { length: howMany },
      () => from.charCodeAt(below(from.length)),
    );
  }
  function damaged(message: Uint8Array): number[] {
    const result = [...message];
    for (let times = 1 + below(2); times > 0 && result.length > 0; times--) {
      const at = below(result.length);
      const how = random();
      if (how < 0.33) result.splice(at, 1);
      else if (how < 0.66) {
        result.splice(at, 0, ...pick(" \n\t\r-+x0123456789\v\f,", 1));
      } else result.splice(at, 1, ...pick(" \n\t\r-+x0123456789.:", 1));
    }
    return result;
  }
}

/** The same numbers in [0, 1) for the same seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed * 0x9e3779b9 + 1;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
