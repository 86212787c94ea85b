import { CONTINUATION, lengthAfter, secondByteRange } from "../json/utf8.ts";

/** A message of the daemon that asks for something. Sizes are in characters. */
export type ControlMessage =
  | { kind: "close-stdin" }
  | { kind: "resize"; columns: number; rows: number };

const INT64_MAX = 2n ** 63n - 1n;

/**
 * Reads the control FIFO as upstream's `fmt.Fscanf("%d %d %d\n")` in a loop
 * does:
 *
 *     message := BLANK* int BLANK+ int BLANK+ int BLANK* NEWLINE
 *     int     := [+-]?[0-9]+                     (within a signed 64-bit int)
 *
 * where BLANK is any Unicode blank except the newline. At the first rune that
 * does not fit, all that was read of the message and that rune are dropped, and
 * the next rune begins a new message.
 *
 * Holds a message of which only a part has arrived until the rest does, in a
 * few bytes however long it gets.
 */
export class ControlParser {
  readonly #runes = new RuneReader();
  #phase: "before" | "sign" | "digits" | "after" = "before";
  #numbers: bigint[] = [];
  #negative = false;
  #magnitude = 0n;

  /** Takes what was read; gives the messages that are complete by now. */
  push(bytes: Uint8Array): ControlMessage[] {
    const messages: ControlMessage[] = [];
    for (const byte of bytes) {
      const rune = this.#runes.push(byte);
      if (rune === undefined || !this.#accept(rune)) continue;
      const message = decode(this.#numbers);
      if (message !== undefined) messages.push(message);
      this.#reset();
    }
    return messages;
  }

  /** Takes one rune; tells if it completes a message. */
  #accept(rune: number): boolean {
    switch (this.#phase) {
      case "before":
        if (isBlank(rune)) return false;
        if (rune === PLUS || rune === MINUS) {
          this.#negative = rune === MINUS;
          this.#phase = "sign";
          return false;
        }
        return this.#digit(rune);
      case "sign":
        return this.#digit(rune);
      case "digits":
        if (isDigit(rune)) return this.#digit(rune);
        return this.#endNumber() && this.#accept(rune);
      case "after":
        if (rune === NEWLINE && this.#numbers.length === 3) return true;
        if (!isBlank(rune)) this.#reset();
        else if (this.#numbers.length < 3) this.#phase = "before";
        return false;
    }
  }

  #digit(rune: number): false {
    if (!isDigit(rune)) {
      this.#reset();
      return false;
    }
    this.#phase = "digits";
    // Beyond 64 bits it stays invalid whatever follows, so it need not grow.
    if (this.#magnitude <= INT64_MAX + 1n) {
      this.#magnitude = this.#magnitude * 10n + BigInt(rune - DIGIT_0);
    }
    return false;
  }

  #endNumber(): boolean {
    const limit = this.#negative ? INT64_MAX + 1n : INT64_MAX;
    if (this.#magnitude > limit) {
      this.#reset();
      return false;
    }
    this.#numbers.push(this.#negative ? -this.#magnitude : this.#magnitude);
    this.#negative = false;
    this.#magnitude = 0n;
    this.#phase = "after";
    return true;
  }

  #reset(): void {
    this.#phase = "before";
    this.#numbers = [];
    this.#negative = false;
    this.#magnitude = 0n;
  }
}

/** Gives nothing for the types that no daemon sends and upstream ignores. */
function decode(
  [type, width, height]: readonly bigint[],
): ControlMessage | undefined {
  if (type === 0n) return { kind: "close-stdin" };
  if (type !== 1n) return undefined;
  return { kind: "resize", columns: uint16(width), rows: uint16(height) };
}

/** A side of struct winsize is an unsigned short. */
function uint16(value: bigint): number {
  return Number(BigInt.asUintN(16, value));
}

const NEWLINE = 0x0a;
const PLUS = 0x2b;
const MINUS = 0x2d;
const DIGIT_0 = 0x30;

function isDigit(rune: number): boolean {
  return rune >= DIGIT_0 && rune <= DIGIT_0 + 9;
}

/** Unicode's White_Space without the newline, as Go's fmt package has it. */
function isBlank(rune: number): boolean {
  if (rune < 0x80) {
    return rune === 0x20 || (rune >= 0x09 && rune <= 0x0d && rune !== NEWLINE);
  }
  return rune === 0x85 || rune === 0xa0 || rune === 0x1680 ||
    (rune >= 0x2000 && rune <= 0x200a) || rune === 0x2028 || rune === 0x2029 ||
    rune === 0x202f || rune === 0x205f || rune === 0x3000;
}

const INVALID_RUNE = 0xfffd;

/**
 * Puts UTF-8 together byte by byte. A sequence that turns out to be invalid is
 * one invalid rune, and so are all bytes up to the one that showed it.
 */
class RuneReader {
  #rune = 0;
  #missing = 0;
  #range = CONTINUATION;

  /** Gives the rune that the byte completes, if it completes one. */
  push(byte: number): number | undefined {
    if (this.#missing === 0) return this.#first(byte);
    const [low, high] = this.#range;
    if (byte < low || byte > high) {
      this.#missing = 0;
      return INVALID_RUNE;
    }
    this.#range = CONTINUATION;
    this.#rune = this.#rune << 6 | byte & 0x3f;
    return --this.#missing === 0 ? this.#rune : undefined;
  }

  #first(byte: number): number | undefined {
    if (byte < 0x80) return byte;
    const length = lengthAfter(byte);
    if (length === 0) return INVALID_RUNE;
    this.#missing = length - 1;
    this.#range = secondByteRange(byte);
    this.#rune = byte & (0x7f >> length);
    return undefined;
  }
}
