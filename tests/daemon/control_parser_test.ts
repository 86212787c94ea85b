import { deepStrictEqual } from "node:assert/strict";
import {
  type ControlMessage,
  ControlParser,
} from "../../src/daemon/control_parser.ts";

// The whole grammar, however it is cut, is a property over random streams: see
// tests/robustness/parser_properties.ts. Here are upstream's odder answers.

const CLOSE: ControlMessage = { kind: "close-stdin" };

function resize(columns: number, rows: number): ControlMessage {
  return { kind: "resize", columns, rows };
}

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** Cases as `[input, messages]`; each is followed by a plain `1 7 9`. */
function checkThenResize(cases: [string | number[], ControlMessage[]][]) {
  for (const [input, messages] of cases) {
    const bytes = typeof input === "string"
      ? bytesOf(input)
      : new Uint8Array(input);
    const parser = new ControlParser();
    deepStrictEqual(
      [...parser.push(bytes), ...parser.push(bytesOf("1 7 9\n"))],
      [...messages, resize(7, 9)],
      JSON.stringify(input),
    );
  }
}

Deno.test("ControlParser decodes what the daemon sends, and ignores other types", () => {
  checkThenResize([
    ["", []],
    ["0 0 0\n", [CLOSE]],
    ["1 80 24\n1 132 43\n0 0 0\n", [resize(80, 24), resize(132, 43), CLOSE]],
    ["2 80 24\n", []],
    ["-1 80 24\n", []],
    ["65536 80 24\n", []],
  ]);
});

Deno.test("ControlParser gives sizes modulo 65536, and drops numbers beyond 64 bits", () => {
  checkThenResize([
    ["1 65535 65536\n", [resize(65535, 0)]],
    ["1 -1 -2\n", [resize(65535, 65534)]],
    ["1 9223372036854775807 5\n", [resize(65535, 5)]],
    ["1 -9223372036854775808 5\n", [resize(0, 5)]],
    ["1 9223372036854775808 5\n", []],
    ["1 -9223372036854775809 5\n", []],
    ["1 18446744073709551617 5\n", []],
    [`1 ${"0".repeat(1000)}80 24\n`, [resize(80, 24)]],
  ]);
});

Deno.test("ControlParser takes signs, leading zeros and any blanks", () => {
  checkThenResize([
    ["+1 080 +0024\n", [resize(80, 24)]],
    ["-0 0 0\n", [CLOSE]],
    ["  1\t80\v\f24 \r\n", [resize(80, 24)]],
    ["1\u008580\u00a024\n", [resize(80, 24)]],
    ["1\u168080\u200024\u200a\n", [resize(80, 24)]],
    ["1\u202880\u202924\u202f\n", [resize(80, 24)]],
    ["\u205f1\u300080 24\n", [resize(80, 24)]],
    // No other runes are blanks or digits.
    ["1\u200b80 24\n", []],
    ["1\u180e80 24\n", []],
    ["1\x1f80 24\n", []],
    ["1 ８０ ２４\n", []],
  ]);
});

Deno.test("ControlParser begins anew behind the rune that does not fit", () => {
  checkThenResize([
    ["xyz1 80 24\n", [resize(80, 24)]],
    ["\ufeff1 80 24\n", [resize(80, 24)]],
    ['{"Type":1,"Width":80,"Height":24}\n', []],
    ["1 0x50 0x18\n", []],
    ["1 80.0 24.0\n", []],
    ["1\n80\n24\n", []],
    ["1 80\n", []],
    ["1 80 24 1 50 60\n", []],
    ["1 80 24;\n", []],
    ["1 +-80 24\n", []],
    ["--1 80 24\n", [resize(80, 24)]],
    ["1 80 24 x1 2 3\n", [resize(2, 3)]],
  ]);
});

Deno.test("ControlParser: invalid UTF-8 takes the bytes along that show it", () => {
  checkThenResize([
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
  const parser = new ControlParser();
  const bytes = bytesOf("1\u00a080\u300024\n");
  for (const byte of bytes.subarray(0, -1)) {
    deepStrictEqual(parser.push(new Uint8Array([byte])), []);
  }
  deepStrictEqual(parser.push(bytes.subarray(-1)), [resize(80, 24)]);
});

Deno.test("ControlParser holds little of an endless number", () => {
  const parser = new ControlParser();
  deepStrictEqual(parser.push(bytesOf("1 ")), []);
  const digits = bytesOf("9".repeat(1 << 20));
  const megabytes = 4;
  // A number that grew with each digit would keep this busy for hours.
  for (let i = 0; i < megabytes; i++) deepStrictEqual(parser.push(digits), []);
  deepStrictEqual(parser.push(bytesOf(" 5\n1 7 9\n")), [resize(7, 9)]);
});
