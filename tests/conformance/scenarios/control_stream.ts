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
