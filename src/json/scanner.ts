/**
 * Text that is no JSON. The message says what was found where, and what was
 * expected there.
 */
export class JsonError extends Error {
  override readonly name = "JsonError";
}

/** A number as it was written, so that 1 differs from 1.0 and none is rounded. */
export class JsonNumber {
  constructor(readonly literal: string) {}
}

/** A place in a JSON text, and the tokens from there on. All throw JsonError. */
export class JsonScanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Reads one of the three literals that are words. */
  word<T>(word: string, value: T): T {
    for (const letter of word) {
      if (this.#text[this.#at] !== letter) throw this.unexpected(`"${word}"`);
      this.#at++;
    }
    return value;
  }

  /** Reads a number; also what can be the start of no value ends up here. */
  number(): JsonNumber {
    const start = this.#at;
    if (!isDigit(this.#text[start]) && this.#text[start] !== "-") {
      throw this.unexpected("a value");
    }
    if (this.#text[this.#at] === "-") this.#at++;
    if (this.#text[this.#at] === "0") this.#at++;
    else this.#digits();
    if (this.#text[this.#at] === ".") {
      this.#at++;
      this.#digits();
    }
    if (this.#text[this.#at] === "e" || this.#text[this.#at] === "E") {
      this.#at++;
      if (this.#text[this.#at] === "+" || this.#text[this.#at] === "-") {
        this.#at++;
      }
      this.#digits();
    }
    return new JsonNumber(this.#text.slice(start, this.#at));
  }

  #digits(): void {
    if (!isDigit(this.#text[this.#at])) throw this.unexpected("a digit");
    while (isDigit(this.#text[this.#at])) this.#at++;
  }

  /** Reads a string, at its opening quotation mark. */
  string(): string {
    const start = this.#at;
    let end = start;
    do {
      end = this.#text.indexOf('"', end + 1);
      if (end === -1) throw this.#truncated();
    } while (this.#isEscaped(end));
    this.#at = end + 1;
    try {
      const literal = this.#text.slice(start, end + 1);
      return (JSON.parse(literal) as string).toWellFormed();
    } catch {
      this.#at = this.#faultIn(start + 1, end);
      throw this.unexpected("a character or an escape that JSON allows");
    }
  }

  #isEscaped(quote: number): boolean {
    let at = quote;
    while (this.#text[at - 1] === "\\") at--;
    return (quote - at) % 2 === 1;
  }

  /** Where in a string a control character or an unknown escape is. */
  #faultIn(from: number, end: number): number {
    let at = from;
    while (at < end) {
      if (this.#text.charCodeAt(at) < 0x20) return at;
      if (this.#text[at] !== "\\") at++;
      else if ('"\\/bfnrt'.includes(this.#text[at + 1])) at += 2;
      else if (!/^u[\da-f]{4}/i.test(this.#text.slice(at + 1, at + 6))) {
        return at + 1;
      } else at += 6;
    }
    return end;
  }

  /** Gives the next character that is no blank, "" at the end. */
  skipBlanks(): string {
    while (isBlank(this.#text[this.#at])) this.#at++;
    return this.#text.charAt(this.#at);
  }

  /** Takes the character, if it is the next one that is no blank. */
  skip(character: string): boolean {
    if (this.skipBlanks() !== character) return false;
    this.#at++;
    return true;
  }

  /** What to throw when something else than what is expected comes next. */
  unexpected(expected: string): JsonError {
    const found = this.#text.codePointAt(this.#at);
    if (found === undefined) return this.#truncated();
    return new JsonError(
      `${this.where()}: expected ${expected}, found ${nameOf(found)}`,
    );
  }

  #truncated(): JsonError {
    this.#at = this.#text.length;
    return new JsonError(
      `${this.where()}: the file ends in the middle of a value`,
    );
  }

  /** The position, counted in UTF-16 units from 1. */
  where(): string {
    const lineStart = this.#text.lastIndexOf("\n", this.#at - 1) + 1;
    const line = this.#text.slice(0, lineStart).split("\n").length;
    return `line ${line}, column ${this.#at - lineStart + 1}`;
  }
}

/** In quotes; by number where it may be invisible, as a byte order mark is. */
function nameOf(rune: number): string {
  return rune < 0x7f
    ? JSON.stringify(String.fromCodePoint(rune))
    : `U+${rune.toString(16).toUpperCase().padStart(4, "0")}`;
}

function isBlank(character: string | undefined): boolean {
  return character === " " || character === "\n" || character === "\t" ||
    character === "\r";
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= "0" && character <= "9";
}
