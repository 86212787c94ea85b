import { describeErrno } from "../../ffi/errno.ts";
import { type Fd, isPipe, open, type OpenMode } from "../../ffi/fd.ts";
import { read } from "../../ffi/transfer.ts";
import { ValueExtent } from "../json/extent.ts";

/** More than this is no process.json, in bytes. Upstream takes 64 MiB. */
const LONGEST = 128 * 2 ** 20;
const FIRST_CHUNK = 65_536;
const LARGEST_CHUNK = 2 ** 20;

/**
 * The beginning of a file, as far as its first JSON value reaches and perhaps
 * a little more. It may be a FIFO; what follows the value is not waited for.
 *
 * @throws {SystemError}
 * @throws {Error} when it cannot be read, or is too long
 */
export function readJson(path: string, mode: OpenMode): Uint8Array {
  using file = open(path, ["read", ...mode], `"${path}"`);
  const extent = new ValueExtent();
  let whole = new Uint8Array(FIRST_CHUNK);
  for (let length = 0;;) {
    const room = whole.subarray(length, length + LARGEST_CHUNK);
    const count = readSome(file, room, path);
    length += count;
    if (count === 0 || isAll(file, count, room)) {
      return whole.subarray(0, length);
    }
    extent.push(room.subarray(0, count));
    if (extent.done) return whole.subarray(0, length);
    if (length === LONGEST) {
      throw new Error(
        `"${path}" is too long: expected a JSON value of at most ` +
          `${LONGEST} bytes, found no end of it`,
      );
    }
    if (length === whole.length) {
      const larger = new Uint8Array(Math.min(2 * length, LONGEST));
      larger.set(whole);
      whole = larger;
    }
  }
}

/** A plain file that has less than was asked for is at its end. */
function isAll(file: Fd, count: number, room: Uint8Array): boolean {
  return count < room.length && !isPipe(file);
}

/**
 * The beginning of a file.
 *
 * @param most how many bytes
 * @throws {SystemError}
 * @throws {Error} when it cannot be read
 */
export function readStart(
  path: string,
  mode: OpenMode,
  most: number,
): Uint8Array {
  using file = open(path, ["read", ...mode], `"${path}"`);
  const start = new Uint8Array(most);
  let length = 0;
  while (length < most) {
    const count = readSome(file, start.subarray(length), path);
    if (count === 0) break;
    length += count;
  }
  return start.subarray(0, length);
}

function readSome(
  file: Fd,
  room: Uint8Array<ArrayBuffer>,
  path: string,
): number {
  const result = read(file, room);
  switch (result.kind) {
    case "moved":
      return result.bytes;
    case "ended":
    case "would block":
      return 0;
    case "hung up":
      throw new Error(`Cannot read "${path}": EIO (input/output error)`);
    case "failed":
      throw new Error(
        `Cannot read "${path}": ${describeErrno(result.errno)}`,
      );
  }
}
