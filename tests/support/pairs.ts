const encoder = new TextEncoder();

/** A setting for a C helper; a value may be any bytes but NUL. */
export type Pair = readonly [key: string, value: string | number | Uint8Array];

/** The text of `pairs.h`: each key and each value ends with a NUL. */
export function encodePairs(pairs: readonly Pair[]): Uint8Array {
  const parts = pairs.flatMap(([key, value]) => [
    encoder.encode(`${key}\0`),
    value instanceof Uint8Array ? value : encoder.encode(String(value)),
    new Uint8Array(1),
  ]);
  return concat(parts);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Text as UTF-8; bytes as they are. */
export function toBytes(data: string | Uint8Array): Uint8Array<ArrayBuffer> {
  return typeof data === "string"
    ? encoder.encode(data)
    : data as Uint8Array<ArrayBuffer>;
}
