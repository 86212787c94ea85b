/** What the daemon's end of the control FIFO asks for, in the order it asks. */
type Asked = { kind: "close-stdin" } | {
  kind: "resize";
  columns: number;
  rows: number;
};

/** Unicode's blanks but the newline. */
const BLANK =
  /[\t\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
const INVALID = "\ufffd";

/**
 * The grammar of the control FIFO, over all bytes at once: what upstream's
 * `fmt.Fscanf("%d %d %d\n")` in a loop makes of them. It shares nothing with
 * the parser that it is held against.
 */
export function askedBy(bytes: Uint8Array): Asked[] {
  const text = runes(bytes);
  const asked: Asked[] = [];
  for (let at = 0;;) {
    const message = messageAt(text, at);
    if (message === "incomplete") return asked;
    at = message.next;
    if (message.asked !== undefined) asked.push(message.asked);
  }
}

/** The same as the window sizes that strace(1) shows when they are set. */
export function sizesAskedBy(bytes: Uint8Array): string[] {
  return askedBy(bytes).filter((asked) => asked.kind === "resize")
    .map(({ columns, rows }) => `rows=${rows} cols=${columns} xpix=0 ypix=0`);
}

/** A message, or the place behind the rune that cannot belong to one. */
function messageAt(
  text: string[],
  start: number,
): "incomplete" | { next: number; asked?: Asked } {
  const numbers: bigint[] = [];
  let at = start;
  const skipBlanks = () => {
    while (at < text.length && BLANK.test(text[at])) at++;
  };
  for (let index = 0; index < 3; index++) {
    skipBlanks();
    const sign = text[at] === "+" || text[at] === "-" ? text[at++] : "";
    let digits = "";
    while (at < text.length && /[0-9]/.test(text[at])) digits += text[at++];
    if (at === text.length) return "incomplete";
    if (digits === "") return { next: at + 1 };
    const number = BigInt(digits) * (sign === "-" ? -1n : 1n);
    if (number !== BigInt.asIntN(64, number)) return { next: at + 1 };
    numbers.push(number);
    if (index < 2 && !BLANK.test(text[at])) return { next: at + 1 };
  }
  skipBlanks();
  if (at === text.length) return "incomplete";
  if (text[at] !== "\n") return { next: at + 1 };
  return { next: at + 1, asked: meaning(numbers) };
}

function meaning([type, columns, rows]: bigint[]): Asked | undefined {
  if (type === 0n) return { kind: "close-stdin" };
  if (type !== 1n) return undefined;
  const short = (side: bigint) => Number(side & 0xffffn);
  return { kind: "resize", columns: short(columns), rows: short(rows) };
}

/** UTF-8 sequences by their bytes as Latin-1; the last may be cut short. */
const SEQUENCE = new RegExp(
  [
    "[\\x00-\\x7f]",
    "[\\xc2-\\xdf][\\x80-\\xbf]",
    "(?:\\xe0[\\xa0-\\xbf]|\\xed[\\x80-\\x9f]|[\\xe1-\\xec\\xee\\xef][\\x80-\\xbf])[\\x80-\\xbf]",
    "(?:\\xf0[\\x90-\\xbf]|\\xf4[\\x80-\\x8f]|[\\xf1-\\xf3][\\x80-\\xbf])[\\x80-\\xbf]{2}",
  ].join("|"),
  "y",
);
/** What can still become one, as far as it goes. */
const BEGUN = new RegExp(
  [
    "(?:\\xf0[\\x90-\\xbf]|\\xf4[\\x80-\\x8f]|[\\xf1-\\xf3][\\x80-\\xbf])[\\x80-\\xbf]?",
    "\\xe0[\\xa0-\\xbf]|\\xed[\\x80-\\x9f]|[\\xe1-\\xec\\xee\\xef][\\x80-\\xbf]",
    "[\\xc2-\\xf4]",
  ].join("|"),
  "y",
);

/**
 * Runes as Go's reader gives them: where a sequence breaks off, the byte that
 * shows it goes with it. An unfinished one at the end is no rune yet.
 */
function runes(bytes: Uint8Array): string[] {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  const found: string[] = [];
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  for (let at = 0; at < text.length;) {
    SEQUENCE.lastIndex = BEGUN.lastIndex = at;
    const whole = SEQUENCE.exec(text);
    if (whole !== null) {
      found.push(decoder.decode(bytes.subarray(at, at + whole[0].length)));
      at += whole[0].length;
      continue;
    }
    const begun = BEGUN.exec(text);
    const broken = at + (begun?.[0].length ?? 0);
    if (broken >= text.length) break;
    found.push(INVALID);
    at = broken + 1;
  }
  return found;
}
