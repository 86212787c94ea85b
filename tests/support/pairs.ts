import { Buffer } from "node:buffer";

const encoder = new TextEncoder();

/** A setting for a C helper; a value may be any bytes but NUL. */
export type Pair = readonly [key: string, value: string | number | Uint8Array];

/** The text of `pairs.h`: each key and each value ends with a NUL. */
export function encodePairs(pairs: readonly Pair[]): Uint8Array {
  return Buffer.concat(pairs.flatMap(([key, value]) => [
    encoder.encode(`${key}\0`),
    value instanceof Uint8Array ? value : encoder.encode(String(value)),
    new Uint8Array(1),
  ]));
}

/** Text as UTF-8; bytes as they are. */
export function toBytes(data: string | Uint8Array): Uint8Array<ArrayBuffer> {
  return typeof data === "string"
    ? encoder.encode(data)
    : data as Uint8Array<ArrayBuffer>;
}
