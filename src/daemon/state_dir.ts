import {
  O_CREAT,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_RDONLY,
  O_TRUNC,
  O_WRONLY,
} from "../../ffi/constants.ts";
import { describeErrno } from "../../ffi/errno.ts";
import { type Fd, open } from "../../ffi/fd.ts";
import { openUnnamed, truncate } from "../../ffi/file.ts";
import { read, write } from "../../ffi/transfer.ts";

/**
 * The names in the state directory, which is the working directory of the
 * shim: the daemon creates it for each process and watches it.
 */
export const EXIT_FIFO = "exit";
export const CONTROL_FIFO = "control";
export const PROCESS_FILE = "process.json";
export const PID_FILE = "pid";
export const EXIT_STATUS_FILE = "exitStatus";
export const LOG_FILE = "shim-log.json";
export const RUNTIME_LOG_FILE = "log.json";

/**
 * The path of the state directory, for the runtime's arguments. `$PWD` is
 * taken when it names this directory, because it may be the way through a
 * symbolic link that the daemon uses (Go's os.Getwd does the same).
 */
export function stateDirectory(): string {
  const alias = Deno.env.get("PWD");
  if (alias?.startsWith("/")) {
    try {
      const here = Deno.statSync(".");
      const there = Deno.statSync(alias);
      if (here.dev === there.dev && here.ino === there.ino) return alias;
    } catch {
      // A PWD that names nothing is no alias.
    }
  }
  try {
    return Deno.cwd();
  } catch (error) {
    throw new Error(
      `Cannot find out the state directory: ${(error as Error).message}`,
    );
  }
}

/**
 * The whole content of a file.
 *
 * @throws {SystemError}
 */
export function readWhole(path: string, flags = 0): Uint8Array {
  using file = open(path, O_RDONLY | flags, `"${path}"`);
  const chunks: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const chunk = new Uint8Array(Math.max(4096, Math.min(total, 1 << 20)));
    const count = read(file, chunk);
    if (count < 0) {
      throw new Error(`Cannot read "${path}": ${describeErrno(-count)}`);
    }
    if (count === 0) break;
    chunks.push(chunk.subarray(0, count));
    total += count;
  }
  if (chunks.length === 1) return chunks[0];
  const whole = new Uint8Array(total);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}

/**
 * The pid that the runtime has written.
 *
 * @throws {SystemError} when there is no such file
 * @throws {Error} when it holds anything but one decimal number
 */
export function readPid(): number {
  const text = new TextDecoder("utf-8", { ignoreBOM: true })
    .decode(readWhole(PID_FILE, O_NOFOLLOW | O_NONBLOCK));
  const pid = Number(text);
  if (!/^[+-]?[0-9]+$/.test(text) || !(pid > 0) || pid > 0x7fffffff) {
    const found = text.length > 80 ? `${text.slice(0, 80)}…` : text;
    throw new Error(
      `The runtime wrote no process id to "${PID_FILE}": expected a decimal ` +
        `number without a newline, found ${JSON.stringify(found)}`,
    );
  }
  return pid;
}

/**
 * A file without a name that occupies one block and one inode of the state
 * directory, to be given back when the disk is full at the end: an exit status
 * must not be lost to that. Undefined if the file system has no room for it
 * now, or no such files.
 */
export function reserveSpace(): Fd | undefined {
  let file: Fd | undefined;
  try {
    file = openUnnamed(".");
    if (write(file, new Uint8Array(1)) === 1) return file;
  } catch {
    // As said above.
  }
  file?.close();
  return undefined;
}

/**
 * Writes the exit status: decimal digits, no newline.
 *
 * @param reserve is given up if there is no space without it
 * @throws {SystemError} when the file cannot be opened
 * @throws {Error} when it cannot be written
 */
export function writeExitStatus(status: number, reserve?: Fd): void {
  try {
    return tryToWriteExitStatus(status);
  } catch (error) {
    if (reserve === undefined) throw error;
  }
  reserve.close();
  tryToWriteExitStatus(status);
}

function tryToWriteExitStatus(status: number): void {
  using file = open(
    EXIT_STATUS_FILE,
    // O_NONBLOCK: a FIFO in its place is an error and not a trap.
    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK,
    `"${EXIT_STATUS_FILE}"`,
    0o666,
  );
  const digits = new TextEncoder().encode(String(status));
  const written = write(file, digits);
  if (written !== digits.length) {
    throw new Error(
      `Cannot write "${EXIT_STATUS_FILE}": ` +
        (written < 0 ? describeErrno(-written) : "no space"),
    );
  }
}

/** What the runtime has logged so far; nothing if that cannot be read. */
export function readRuntimeLog(): Uint8Array {
  try {
    return readWhole(RUNTIME_LOG_FILE, O_NOFOLLOW | O_NONBLOCK);
  } catch {
    return new Uint8Array();
  }
}

/** Forgets what the runtime has logged from an offset on, if possible. */
export function cutRuntimeLog(length: number): void {
  try {
    const flags = O_WRONLY | O_NOFOLLOW | O_NONBLOCK;
    using file = open(RUNTIME_LOG_FILE, flags, `"${RUNTIME_LOG_FILE}"`);
    truncate(file, length);
  } catch {
    // The daemon then shows what is there.
  }
}

/** A handle on the state directory, to come back to. */
export function openStateDirectory(): Fd {
  return open(".", O_RDONLY, "the state directory");
}
