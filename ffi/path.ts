import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  R_OK,
  SYS_newfstatat,
  W_OK,
  X_OK,
} from "./constants.ts";
import { check, errno, errnoOf } from "./errno.ts";
import type { Fd } from "./fd.ts";
import { stat, STAT_MODE, STAT_NAMES, timespec } from "./layout.ts";
import { libc } from "./libc.ts";
import { cString, textIn } from "./memory.ts";

// What Deno has of this refuses paths that are not UTF-8.

export type FileKind = "file" | "directory" | "FIFO" | "other";

/** What a path leads to. */
export interface FileIdentity {
  kind: FileKind;
  device: bigint;
  inode: bigint;
  /** In bytes. */
  length: number;
  /** How many names it has (hard links). */
  names: number;
  /** When its content has changed last, in milliseconds since 1970. */
  modified: number;
}

const S_IFMT = 0o170000;
const KINDS: Readonly<Record<number, FileKind>> = {
  0o010000: "FIFO",
  0o040000: "directory",
  0o100000: "file",
};

/**
 * What a path leads to, links followed; undefined if nothing can be seen
 * there (stat(2)).
 */
export function identify(path: string): FileIdentity | undefined {
  return statAt(AT_FDCWD, path, 0);
}

/** The same of the path itself, which may be a link to anything (lstat(2)). */
export function identifyName(path: string): FileIdentity | undefined {
  return statAt(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW);
}

/** What a descriptor is; undefined if that cannot be seen. */
export function identifyOpen(file: Fd): FileIdentity | undefined {
  return statAt(file.raw, "", AT_EMPTY_PATH);
}

function statAt(directory: number, path: string, flags: number) {
  const buffer = new Uint8Array(stat.size);
  const [number, at, how] = [SYS_newfstatat, directory, flags].map(BigInt);
  if (libc.newfstatat(number, at, cString(path), buffer, how) === -1) {
    return undefined;
  }
  const view = new DataView(buffer.buffer);
  const arch = Deno.build.arch as keyof typeof STAT_MODE;
  return {
    kind: KINDS[view.getUint32(STAT_MODE[arch], true) & S_IFMT] ?? "other",
    device: view.getBigUint64(stat.device, true),
    inode: view.getBigUint64(stat.inode, true),
    length: Number(view.getBigInt64(stat.length, true)),
    names: view.getUint32(STAT_NAMES[arch], true),
    modified: timeIn(view, stat.modified),
  };
}

function timeIn(view: DataView, at: number): number {
  const seconds = view.getBigInt64(at + timespec.seconds, true);
  const nanoseconds = view.getBigInt64(at + timespec.nanoseconds, true);
  return Number(seconds) * 1e3 + Number(nanoseconds) / 1e6;
}

/** Whether the path is a regular file that this process may execute. */
export function isExecutable(path: string): boolean {
  return libc.access(cString(path), X_OK) === 0 &&
    identify(path)?.kind === "file";
}

/** Whether this process may make files in a directory. */
export function mayWriteInto(directory: string): boolean {
  return libc.access(cString(directory), W_OK | X_OK) === 0;
}

const LONGEST = 4096;

/**
 * The working directory as the kernel names it (getcwd(3)).
 *
 * @throws {SystemError} when it has been removed
 */
export function workingDirectory(): string {
  const buffer = new Uint8Array(LONGEST);
  const found = libc.getcwd(buffer, BigInt(buffer.length)) !== null;
  check(found ? 0 : -1, "getcwd", "find out the working directory");
  return textIn(buffer);
}

/**
 * Makes a directory that was not there before.
 *
 * @throws {SystemError}
 */
export function makeDirectory(path: string, permissions: number): void {
  const what = `create the directory "${path}"`;
  check(libc.mkdir(cString(path), permissions), "mkdir", what);
}

/** Removes a file or an empty directory, if it is there and can be removed. */
export function removeIfThere(path: string): void {
  const name = cString(path);
  // Once more if the kernel had no memory for it, or the disk a moment's fault.
  for (let tries = 0; tries < 2; tries++) {
    // Whichever it is, the other call refuses it.
    if (libc.unlink(name) === 0 || libc.rmdir(name) === 0) return;
  }
}

/** Whether a directory is there that this process may not look into. */
export function isOutOfReach(directory: string): boolean {
  return libc.access(cString(directory), R_OK | X_OK) !== 0 &&
    errno() === errnoOf("EACCES");
}

/**
 * What a symbolic link says, cut off after 255 bytes; undefined if there is
 * no link to be read. Nothing behind it is touched (readlink(2)).
 */
export function linkText(path: string): string | undefined {
  const buffer = new Uint8Array(256);
  const length = libc.readlink(cString(path), buffer, 255n);
  return length === -1 ? undefined : textIn(buffer.subarray(0, length));
}
