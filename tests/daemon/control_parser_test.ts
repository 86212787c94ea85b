import { deepStrictEqual } from "node:assert/strict";
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
