/** What is moved at once, in bytes: what a pipe holds by default. */
export const CHUNK = 65_536;

let spare: Uint8Array<ArrayBuffer> | undefined;

/** A buffer of CHUNK bytes, to be given back when it is empty again. */
export function takeBuffer(): Uint8Array<ArrayBuffer> {
  const buffer = spare ?? new Uint8Array(CHUNK);
  spare = undefined;
  return buffer;
}

/** One is kept: streams mostly move one after the other. */
export function giveBack(buffer: Uint8Array<ArrayBuffer>): void {
  spare = buffer;
}

/** Nothing moves now. */
export function dropSpareBuffer(): void {
  spare = undefined;
}
