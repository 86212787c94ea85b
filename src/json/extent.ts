type State = "before" | "word" | "container" | "string" | "escape" | "done";

/**
 * Tells where the first JSON value of a text ends, while the text is being
 * read. It knows only strings and brackets: whether it is a valid value, the
 * parser decides. Where there can be none any more, it ends too.
 */
export class ValueExtent {
  #state: State = "before";
  #depth = 0;

  /** Nothing of what follows can belong to the value. */
  get done(): boolean {
    return this.#state === "done";
  }

  push(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (this.#state === "done") return;
      this.#state = this.#after(byte);
    }
  }

  #after(byte: number): State {
    switch (this.#state) {
      case "string":
        // A control character is allowed in none.
        if (byte < BLANK) return "done";
        if (byte === BACKSLASH) return "escape";
        if (byte !== QUOTE) return "string";
        return this.#depth === 0 ? "done" : "container";
      case "escape":
        return byte < BLANK ? "done" : "string";
      case "word":
        return isWord(byte) ? "word" : "done";
      default:
        return this.#between(byte);
    }
  }

  /** Before the value, or in a container outside strings. */
  #between(byte: number): State {
    if (isBlank(byte)) return this.#state;
    if (byte < BLANK) return "done";
    if (byte === QUOTE) return "string";
    if (byte === BRACE || byte === BRACKET) {
      this.#depth++;
      return "container";
    }
    if (this.#state === "before") return isWord(byte) ? "word" : "done";
    if (byte !== BRACE + 2 && byte !== BRACKET + 2) return "container";
    return --this.#depth === 0 ? "done" : "container";
  }
}

const BLANK = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BRACKET = 0x5b;
const BRACE = 0x7b;

function isBlank(byte: number): boolean {
  return byte === BLANK || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

/** What numbers, true, false and null are made of. */
function isWord(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39 || byte >= 0x61 && byte <= 0x7a ||
    byte === 0x2b || byte === 0x2d || byte === 0x2e || byte === 0x45;
}
