import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { decodeUtf8 } from "../../src/json/utf8.ts";

Deno.test("decodeUtf8() keeps valid text, a byte order mark included", () => {
  for (
    const text of ["", "abc", "é€😀", "\ufeffx", "\0\x7f\u0080\uffff\u{10ffff}"]
  ) {
    strictEqual(decodeUtf8(new TextEncoder().encode(text)), text);
  }
});

Deno.test("decodeUtf8() gives one U+FFFD for each byte that is not valid", () => {
  const cases: [bytes: number[], text: string][] = [
    [[0x61, 0xff, 0xfe, 0x62], "a??b"],
    [[0x80], "?"],
    [[0xc0, 0xaf], "??"], // overlong
    [[0xe0, 0x80, 0x80], "???"], // overlong
    [[0xed, 0xa0, 0x80], "???"], // a surrogate
    [[0xf4, 0x90, 0x80, 0x80], "????"], // beyond U+10FFFF
    [[0xf5, 0x80], "??"],
    [[0xe2, 0x82], "??"], // truncated by the end
    [[0xe2, 0x82, 0x61], "??a"], // truncated by a letter
    [[0xf0, 0x9f, 0x98], "???"],
    [[0xe2, 0x82, 0xe2, 0x82, 0xac], "??€"],
    [[0xff, 0xef, 0xbb, 0xbf], "?\ufeff"],
  ];
  for (const [bytes, text] of cases) {
    strictEqual(
      decodeUtf8(new Uint8Array(bytes)),
      text.replaceAll("?", "\ufffd"),
      bytes.map((byte) => byte.toString(16)).join(" "),
    );
  }
});

Deno.test("decodeUtf8() agrees with TextDecoder on which sequences are valid", () => {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const seconds = [0, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0];
  for (let first = 0x80; first <= 0xff; first++) {
    for (const second of seconds) {
      for (const tail of [[], [0x80], [0xbf, 0x80], [0x41]]) {
        const bytes = new Uint8Array([first, second, ...tail]);
        let valid: string | undefined;
        try {
          valid = decoder.decode(bytes);
        } catch {
          valid = undefined;
        }
        // The lone byte behind it makes the whole invalid, not the sequence.
        const text = decodeUtf8(new Uint8Array([...bytes, 0xff]));
        if (valid === undefined) {
          deepStrictEqual(text.slice(0, -1).includes("\ufffd"), true);
        } else strictEqual(text, valid + "\ufffd");
      }
    }
  }
});
