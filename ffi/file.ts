import { check, uninterrupted } from "./errno.ts";
import { type Fd, open } from "./fd.ts";
import { libc } from "./libc.ts";

/**
 * A file without a name (O_TMPFILE in open(2)): nobody else can open it, and
 * it is gone when it is closed.
 *
 * @throws {SystemError}
 */
export function openUnnamed(directory: string): Fd {
  return open(
    directory,
    ["unnamed", "read and write"],
    `an unnamed file in "${directory}"`,
    0o600,
  );
}

/**
 * Allocates the first bytes of a file, so that writing them cannot fail for
 * want of space: fallocate(2), and not posix_fallocate(3), which would write
 * every block where the file system has no such call.
 *
 * @throws {SystemError}
 */
export function reserve(file: Fd, bytes: number): void {
  uninterrupted(
    () => libc.fallocate(file.raw, 0, 0n, BigInt(bytes)),
    "fallocate",
    `allocate ${bytes} bytes`,
  );
}

/**
 * Sets the length of a file.
 *
 * @throws {SystemError}
 */
export function truncate(file: Fd, length: number): void {
  check(
    libc.ftruncate(file.raw, BigInt(length)),
    "ftruncate",
    "cut off a file",
  );
}

/**
 * Writes all of the bytes at an offset.
 *
 * @throws {SystemError}
 */
export function writeAt(
  file: Fd,
  bytes: Uint8Array<ArrayBuffer>,
  offset: number,
): void {
  for (let done = 0; done < bytes.length;) {
    const rest = bytes.subarray(done);
    const at = BigInt(offset + done);
    done += uninterrupted(
      () => libc.pwrite(file.raw, rest, BigInt(rest.length), at),
      "pwrite",
      "write to an unnamed file",
    );
  }
}

/**
 * Fills the buffer from an offset.
 *
 * @throws {SystemError}
 * @throws {RangeError} when the file ends before
 */
export function readAt(
  file: Fd,
  buffer: Uint8Array<ArrayBuffer>,
  offset: number,
): void {
  for (let done = 0; done < buffer.length;) {
    const rest = buffer.subarray(done);
    const at = BigInt(offset + done);
    const count = uninterrupted(
      () => libc.pread(file.raw, rest, BigInt(rest.length), at),
      "pread",
      "read an unnamed file",
    );
    if (count === 0) throw new RangeError("The unnamed file ends too early");
    done += count;
  }
}
