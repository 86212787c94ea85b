import { directoryNames } from "../../ffi/directory.ts";
import { type Fd, open } from "../../ffi/fd.ts";
import { isOutOfReach, linkText } from "../../ffi/path.ts";
import { bytesToText } from "../../ffi/text.ts";
import { read } from "../../ffi/transfer.ts";
import {
  type OpenFile,
  parseCmdline,
  parseFdinfo,
  parseStat,
  type ProcessStat,
} from "./proc_text.ts";

// Strangers' data is read here, so no more than a short read each. Of an open
// file only the link is read and what the kernel says of it: nothing behind it
// is ever touched, for it may be on a file system that does not answer.

/** What is read of a file in /proc at most, in bytes. */
const MOST = 4_096;

/**
 * And of a command line, which lies in the memory of the process and may be as
 * large, or as slow, as that likes. The shim itself reads none.
 */
const MOST_OF_COMMAND = 512;

/** /proc, as far as it is looked at. */
export interface Proc {
  /** The numbers among the names in a directory, a few at a time. */
  numbersIn(path: string): Iterable<number>;
  /** The beginning of a file, at most so many bytes; "" if there is none. */
  text(path: string, most: number): string;
  /** What a link says; undefined if there is none, or none to be seen. */
  link(path: string): string | undefined;
  /** Whether there is something that this user may not look into. */
  isOutOfReach(path: string): boolean;
}

/** The kernel's. */
export const proc: Proc = {
  *numbersIn(path) {
    for (const name of directoryNames(path)) {
      if (/^[0-9]+$/.test(name)) yield Number(name);
    }
  },

  text(path, most) {
    let file: Fd | undefined;
    try {
      file = open(path, ["read", "nonblocking"], `"${path}"`);
      const buffer = new Uint8Array(most);
      const result = read(file, buffer);
      if (result.kind !== "moved") return "";
      return bytesToText(buffer.subarray(0, result.bytes));
    } catch {
      return "";
    } finally {
      file?.close();
    }
  },

  link: linkText,
  isOutOfReach,
};

/** The beginning of a file that the kernel itself writes. */
export function procText(path: string, from = proc): string {
  return from.text(path, MOST);
}

/**
 * The numbers in a file of the kernel's that has a space behind each. It may be
 * long: one short read at a time, and undefined after each.
 */
export function* numbersOf(
  path: string,
): Generator<number | undefined, void> {
  const buffer = new Uint8Array(MOST);
  let file: Fd | undefined;
  try {
    file = open(path, ["read", "nonblocking"], `"${path}"`);
    for (let rest = "";;) {
      const result = read(file, buffer);
      if (result.kind !== "moved") return;
      const text = rest + bytesToText(buffer.subarray(0, result.bytes));
      const words = text.split(" ");
      // Part of a number is another number.
      rest = words.pop()!;
      for (const word of words) yield Number(word);
      yield;
    }
  } catch {
    // It is gone.
  } finally {
    file?.close();
  }
}

/** A line of the process table; undefined if there is no such process. */
export function statOf(pid: number, from = proc): ProcessStat | undefined {
  return parseStat(procText(`/proc/${pid}/stat`, from));
}

/** The first arguments of a process. */
export function argumentsOf(pid: number, from = proc): string[] {
  return parseCmdline(from.text(`/proc/${pid}/cmdline`, MOST_OF_COMMAND));
}

/** The descriptors of a process. */
export function descriptorsOf(pid: number, from = proc): Iterable<number> {
  return from.numbersIn(`/proc/${pid}/fd`);
}

/** What a process has as a descriptor, in the words of the kernel. */
export function openFileOf(
  pid: number,
  fd: number,
  from = proc,
): string | undefined {
  return from.link(`/proc/${pid}/fd/${fd}`);
}

/** How a process has it open. */
export function accessOf(
  pid: number,
  fd: number,
  from = proc,
): OpenFile | undefined {
  return parseFdinfo(procText(`/proc/${pid}/fdinfo/${fd}`, from));
}

/** The pid namespace of a process, as `pid:[4026531836]`. */
export function pidNamespaceOf(pid: number | "self"): string | undefined {
  return proc.link(`/proc/${pid}/ns/pid`);
}
