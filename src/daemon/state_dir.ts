import { describeErrno } from "../../ffi/errno.ts";
import { environmentVariable } from "../../ffi/environment.ts";
import { type Fd, open, type OpenMode } from "../../ffi/fd.ts";
import { openUnnamed, truncate } from "../../ffi/file.ts";
import { identify, identifyOpen, workingDirectory } from "../../ffi/path.ts";
import { write } from "../../ffi/transfer.ts";
import { readStart } from "./reading.ts";

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
 *
 * @throws {SystemError}
 */
export function stateDirectory(): string {
  const alias = environmentVariable("PWD");
  if (alias?.startsWith("/")) {
    const [here, there] = [identify("."), identify(alias)];
    if (
      here !== undefined && here.device === there?.device &&
      here.inode === there.inode
    ) return alias;
  }
  return workingDirectory();
}

/** A pid has ten digits at most; what is much longer is none. */
const LONGEST_PID = 64;

/**
 * The pid that the runtime has written.
 *
 * @throws {SystemError} when there is no such file
 * @throws {Error} when it holds anything but one decimal number
 */
export function readPid(): number {
  const mode: OpenMode = ["no link", "nonblocking"];
  const text = new TextDecoder("utf-8", { ignoreBOM: true })
    .decode(readStart(PID_FILE, mode, LONGEST_PID));
  const pid = Number(text);
  if (!/^[+-]?[0-9]+$/.test(text) || !(pid > 0) || pid > 0x7fffffff) {
    const found = text.length === LONGEST_PID ? `${text}…` : text;
    throw new Error(
      `The runtime wrote no process id to "${PID_FILE}": expected a decimal ` +
        `number without a newline, found ${JSON.stringify(found)}`,
    );
  }
  return pid;
}

/** Whether the runtime has written a pid by now. */
export function hasPid(): boolean {
  return identify(PID_FILE) !== undefined;
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
    if (write(file, new Uint8Array(1)).kind === "moved") return file;
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

/**
 * Only a plain file of one name is written to. Neither kind of link in the
 * state directory is followed, for what a second name stands for may be
 * somebody else's; and what goes into a FIFO goes to whoever reads it.
 *
 * @throws {Error}
 */
export function expectOwnFile(file: Fd, path: string): void {
  const found = identifyOpen(file);
  if (found === undefined) return;
  const { kind, names } = found;
  const fault = kind !== "file"
    ? `expected a plain file, found a ${kind === "other" ? "device" : kind}`
    : names > 1
    ? `it is a hard link, the file has ${names} names`
    : undefined;
  if (fault !== undefined) {
    throw new Error(`Cannot write to "${path}": ${fault}`);
  }
}

function tryToWriteExitStatus(status: number): void {
  using file = open(
    EXIT_STATUS_FILE,
    // Nonblocking: a FIFO in its place is no trap.
    ["write", "create", "no link", "nonblocking"],
    `"${EXIT_STATUS_FILE}"`,
    0o666,
  );
  expectOwnFile(file, EXIT_STATUS_FILE);
  // Of another life.
  if (identifyOpen(file)?.length !== 0) truncate(file, 0);
  const digits = new TextEncoder().encode(String(status));
  const result = write(file, digits);
  if (result.kind === "moved" && result.bytes === digits.length) return;
  throw new Error(
    `Cannot write "${EXIT_STATUS_FILE}": ` +
      (result.kind === "failed" ? describeErrno(result.errno) : "no space"),
  );
}
