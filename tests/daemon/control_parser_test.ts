import { deepStrictEqual, ok } from "node:assert/strict";
import {
  type ControlMessage,
  ControlParser,
} from "../../src/daemon/control_parser.ts";

const CLOSE: ControlMessage = { kind: "close-stdin" };

function resize(columns: number, rows: number): ControlMessage {
  return { kind: "resize", columns, rows };
}

function bytesOf(input: string | number[]): Uint8Array {
  return typeof input === "string"
    ? new TextEncoder().encode(input)
    : new Uint8Array(input);
}

/** What a parser gives for the pieces, one push for each. */
function parse(...pieces: (string | number[])[]): ControlMessage[] {
  const parser = new ControlParser();
  return pieces.flatMap((piece) => parser.push(bytesOf(piece)));
}

/** Cases as `[input, messages]`; each is followed by a plain `1 7 9`. */
function checkThenResize(cases: [string | number[], ControlMessage[]][]) {
  for (const [input, messages] of cases) {
    deepStrictEqual(
      parse(input, "1 7 9\n"),
      [...messages, resize(7, 9)],
      JSON.stringify(input),
    );
  }
}

Deno.test("ControlParser decodes what the daemon sends", () => {
  deepStrictEqual(parse("0 0 0\n"), [CLOSE]);
  deepStrictEqual(parse("1 80 24\n"), [resize(80, 24)]);
  deepStrictEqual(parse("1 80 24\n1 132 43\n0 0 0\n"), [
    resize(80, 24),
    resize(132, 43),
    CLOSE,
  ]);
  deepStrictEqual(parse(""), []);
});

Deno.test("ControlParser gives sizes modulo 65536, as struct winsize has them", () => {
  checkThenResize([
    ["1 0 0\n", [resize(0, 0)]],
    ["1 65535 65535\n", [resize(65535, 65535)]],
    ["1 65536 65537\n", [resize(0, 1)]],
    ["1 70000 70001\n", [resize(4464, 4465)]],
    ["1 -1 -2\n", [resize(65535, 65534)]],
    ["1 9223372036854775807 5\n", [resize(65535, 5)]],
    ["1 -9223372036854775808 5\n", [resize(0, 5)]],
  ]);
});

Deno.test("ControlParser drops a message with a number beyond 64 bits", () => {
  checkThenResize([
    ["1 9223372036854775808 5\n", []],
    ["1 -9223372036854775809 5\n", []],
    ["1 5 9223372036854775808\n", []],
    ["9223372036854775808 5 5\n", []],
    ["1 18446744073709551617 5\n", []],
    [`1 ${"0".repeat(1000)}80 24\n`, [resize(80, 24)]],
  ]);
});

Deno.test("ControlParser takes signs, leading zeros and any blanks", () => {
  checkThenResize([
    ["1 +80 +24\n", [resize(80, 24)]],
    ["+1 080 0024\n", [resize(80, 24)]],
    ["01 80 24\n", [resize(80, 24)]],
    ["-0 0 0\n", [CLOSE]],
    ["   1 80 24\n", [resize(80, 24)]],
    ["1  80   24\n", [resize(80, 24)]],
    ["1 80 24 \n", [resize(80, 24)]],
    ["1\t80\t24\n", [resize(80, 24)]],
    ["1\v80\f24\n", [resize(80, 24)]],
    ["1 80 24\r\n", [resize(80, 24)]],
    ["1\u008580\u00a024\n", [resize(80, 24)]],
    ["1\u168080\u200024\u200a\n", [resize(80, 24)]],
    ["1\u202880\u202924\u202f\n", [resize(80, 24)]],
    ["\u205f1\u300080 24\n", [resize(80, 24)]],
  ]);
});

Deno.test("ControlParser takes no other runes for blanks or digits", () => {
  checkThenResize([
    ["1\u200b80 24\n", []],
    ["1\u180e80 24\n", []],
    ["1 ８０ ２４\n", []],
    ["1 ٨ ٢\n", []],
    ["1\x1f80 24\n", []],
  ]);
});

Deno.test("ControlParser drops other types and goes on", () => {
  checkThenResize([
    ["2 80 24\n", []],
    ["-1 80 24\n", []],
    ["65536 80 24\n", []],
    ["4294967297 80 24\n", []],
  ]);
});

Deno.test("ControlParser begins anew behind the rune that does not fit", () => {
  checkThenResize([
    ["garbage\n", []],
    ["xyz", []],
    ["xyz1 80 24\n", [resize(80, 24)]],
    ["\ufeff1 80 24\n", [resize(80, 24)]],
    ["\0\0\0\n", []],
    ['{"Type":1,"Width":80,"Height":24}\n', []],
    ["\n\n\n", []],
    ["   \n", []],
    ["1 0x50 0x18\n", []],
    ["1 0o50 0o17\n", []],
    ["1 1_0 2_0\n", []],
    ["1 80.0 24.0\n", []],
    ["1 80\n", []],
    ["1\n", []],
    ["1\n80\n24\n", []],
    ["1 80 24 99\n", []],
    ["1 80 24 1 50 60\n", []],
    ["1,80,24\n", []],
    ["1 80 24;\n", []],
    ["1 + 24\n", []],
    ["1 +-80 24\n", []],
    ["--1 80 24\n", [resize(80, 24)]],
    [" +\n", []],
    ["1 80 24 x1 2 3\n", [resize(2, 3)]],
  ]);
  deepStrictEqual(parse("1 80\n1 7 9\n"), [resize(7, 9)]);
  deepStrictEqual(parse("1 80 24 99\n1 7 9\n"), [resize(7, 9)]);
  deepStrictEqual(parse("1 1 2\n??\n1 3 4\n"), [resize(1, 2), resize(3, 4)]);
});

Deno.test("ControlParser: invalid UTF-8 takes the bytes along that show it", () => {
  checkThenResize([
    [Array.from({ length: 256 }, (_, byte) => byte).concat(0x0a), []],
    [[0xff, ...bytesOf("1 80 24\n")], [resize(80, 24)]],
    [[0x80, ...bytesOf("1 80 24\n")], [resize(80, 24)]],
    // The lead byte waits for a second byte: the type goes with it.
    [[0xc3, ...bytesOf("1 80 24\n")], []],
    [[0xe2, 0x82, ...bytesOf("11 80 24\n")], [resize(80, 24)]],
    [[0xf0, 0x9f, 0x98, ...bytesOf("x1 80 24\n")], [resize(80, 24)]],
    // Overlong, a surrogate, beyond U+10FFFF: the second byte shows it.
    [[0xe0, 0x80, ...bytesOf("1 80 24\n")], [resize(80, 24)]],
    [[0xed, 0xa0, ...bytesOf("1 80 24\n")], [resize(80, 24)]],
    [[0xf4, 0x90, ...bytesOf("1 80 24\n")], [resize(80, 24)]],
  ]);
});

Deno.test("ControlParser keeps the part of a message that has arrived", () => {
  deepStrictEqual(parse("1 80 24"), []);
  deepStrictEqual(parse("1 80 24\r"), []);
  deepStrictEqual(parse("1 80 24", "", "\n"), [resize(80, 24)]);
  deepStrictEqual(parse("1 80 2", "4\n"), [resize(80, 24)]);
  deepStrictEqual(parse("1 80 24", "1 7 9\n", "1 11 13\n"), [resize(11, 13)]);
  deepStrictEqual(parse(..."1 80 24\n"), [resize(80, 24)]);
  // Blanks of two and three bytes, cut in the middle.
  const bytes = bytesOf("1\u00a080\u300024\n");
  deepStrictEqual(parse(...[...bytes].map((byte) => [byte])), [resize(80, 24)]);
});

Deno.test("ControlParser applies many messages of one push in order", () => {
  const sizes = Array.from({ length: 100 }, (_, i) => i + 1);
  deepStrictEqual(
    parse(sizes.map((i) => `1 ${i} ${i + 1}\n`).join("")),
    sizes.map((i) => resize(i, i + 1)),
  );
});

Deno.test("ControlParser holds little of an endless number", () => {
  const parser = new ControlParser();
  deepStrictEqual(parser.push(bytesOf("1 ")), []);
  const digits = bytesOf("9".repeat(1 << 20));
  const megabytes = 16;
  // A number that grew with each digit would keep this busy for days.
  for (let i = 0; i < megabytes; i++) deepStrictEqual(parser.push(digits), []);
  deepStrictEqual(parser.push(bytesOf(" 5\n1 7 9\n")), [resize(7, 9)]);
});

// A second reading of the grammar, to check the parser against: it grows a
// prefix rune by rune for as long as it can still become a message.
const BLANK = "[^\\S\\n\\ufeff]|\\x85";
const PART = String.raw`(?:${BLANK})`;
const MESSAGE = new RegExp(
  `^${PART}*([+-]?[0-9]+)${PART}+([+-]?[0-9]+)${PART}+([+-]?[0-9]+)${PART}*\n$`,
);
const LAST = `(?:[+-]|[+-]?[0-9]+${PART}*)?`;
const PREFIX = new RegExp(
  `^${PART}*(?:[+-]|[+-]?[0-9]+(?:${PART}+(?:[+-]|[+-]?[0-9]+(?:${PART}+${LAST})?)?)?)?$`,
);

function model(bytes: Uint8Array): ControlMessage[] {
  const messages: ControlMessage[] = [];
  let prefix = "";
  for (const rune of runesOf(bytes)) {
    const last = prefix;
    prefix += rune;
    // A number is over, and checked, as soon as something else follows it.
    const number = /[+-]?[0-9]+$/.exec(last)?.[0];
    if (number !== undefined && !/[0-9]/.test(rune) && !isInt64(number)) {
      prefix = "";
      continue;
    }
    const match = MESSAGE.exec(prefix);
    if (match === null) {
      if (!PREFIX.test(prefix)) prefix = "";
      continue;
    }
    prefix = "";
    const [type, width, height] = match.slice(1).map((text) => toBigInt(text));
    if (type === 0n) messages.push(CLOSE);
    if (type === 1n) {
      messages.push(resize(
        Number(((width % 65536n) + 65536n) % 65536n),
        Number(((height % 65536n) + 65536n) % 65536n),
      ));
    }
  }
  return messages;
}

function toBigInt(text: string): bigint {
  return BigInt(text.replace(/^\+/, "").replace(/^-/, "")) *
    (text.startsWith("-") ? -1n : 1n);
}

function isInt64(text: string): boolean {
  const value = toBigInt(text);
  return value >= -(2n ** 63n) && value < 2n ** 63n;
}

/** Feeds a decoder byte by byte: it throws at the byte that shows a fault. */
function* runesOf(bytes: Uint8Array): Generator<string> {
  let decoder: TextDecoder | undefined;
  for (const byte of bytes) {
    decoder ??= new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    let rune = "\ufffd";
    try {
      rune = decoder.decode(new Uint8Array([byte]), { stream: true });
    } catch {
      decoder = undefined;
    }
    if (rune === "") continue;
    yield rune;
    decoder = undefined;
  }
}

/** Mulberry32: the same numbers for the same seed, from 0 to below 1. */
function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), seed | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A stream of messages, of messages with faults, and of noise. */
function noise(next: () => number, length: number): Uint8Array {
  const below = (limit: number) => Math.floor(next() * limit);
  const pick = (text: string) => [...text][below([...text].length)];
  const out: number[] = [];
  while (out.length < length) {
    const kind = next();
    if (kind < 0.4) {
      out.push(...bytesOf(`${below(2)} ${below(500)} ${below(500)}\n`));
    } else if (kind < 0.6) {
      const runes = [...`1 ${below(140000) - 70000} ${below(500)}\n`];
      for (let i = below(2); i >= 0; i--) {
        const at = below(runes.length);
        runes.splice(at, below(2), pick(" \n\t\r-+x0123456789\v\f,."));
      }
      out.push(...bytesOf(runes.join("")));
    } else if (kind < 0.85) {
      for (let i = below(12); i >= 0; i--) {
        out.push(
          ...bytesOf(pick("0123456789 \n\t\r-+x1111  \u00a0\u3000\u0085é１😀")),
        );
      }
    } else if (kind < 0.95) {
      for (let i = below(4); i >= 0; i--) out.push(0x80 + below(128));
    } else {
      const value = 2n ** 63n + BigInt(below(4) - 2);
      out.push(...bytesOf(`1 ${pick("+- ").trim()}${value} 5\n`));
    }
  }
  return new Uint8Array([...out, ...bytesOf("\n\n1 7 9\n")]);
}

Deno.test("ControlParser agrees with the grammar on random streams, however cut", () => {
  let total = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const next = random(seed);
    const bytes = noise(next, 3000);
    const messages: ControlMessage[] = [];
    const parser = new ControlParser();
    for (let at = 0; at < bytes.length;) {
      const size = Math.floor(next() * (next() < 0.5 ? 4 : 400));
      messages.push(...parser.push(bytes.subarray(at, at + size)));
      at += size;
    }
    deepStrictEqual(messages, model(bytes), `seed ${seed}`);
    total += messages.length;
  }
  ok(total > 5000, `only ${total} messages were compared`);
});
