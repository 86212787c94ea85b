import { O_NONBLOCK, O_RDONLY } from "../../ffi/constants.ts";
import { type Fd, open } from "../../ffi/fd.ts";
import { isExecutable } from "../../ffi/file.ts";
import { read } from "../../ffi/transfer.ts";
import { elfInterpreter } from "./elf.ts";
import { readWhole } from "../daemon/state_dir.ts";

/**
 * util-linux's setpriv sets the parent death signal of a process (prctl(2)
 * PR_SET_PDEATHSIG) and then becomes the program that it is given. The signal
 * has to be set between fork and exec, where posix_spawn(3) runs no code of
 * ours.
 */
const SETPRIV = ["/usr/bin/setpriv", "/bin/setpriv"];

/** A program and its whole argument list. */
export interface Program {
  path: string;
  argv: readonly string[];
}

/**
 * Makes the kernel kill the program (SIGKILL) when the shim dies.
 *
 * Where setpriv is missing or too old (util-linux before 2.33), the program is
 * started without that: if the shim is then killed, its runtime call goes on.
 * The same holds for files that the kernel would refuse to execute: started
 * directly, posix_spawn(3) tells the reason.
 *
 * @param executable path of the program, relative to the current directory
 */
export function withParentDeathSignal(
  executable: string,
  argv: readonly string[],
): Program {
  const setpriv = findSetpriv();
  if (setpriv === undefined || !canExecute(executable)) {
    return { path: executable, argv };
  }
  return {
    path: setpriv,
    argv: [
      "setpriv",
      "--pdeathsig",
      "KILL",
      "--",
      findsTheSame(argv[0]) ? argv[0] : executable,
      ...argv.slice(1),
    ],
  };
}

/** Looks for ASCII text in bytes; to decode them would take ten times longer. */
function contains(bytes: Uint8Array, text: string): boolean {
  const wanted = new TextEncoder().encode(text);
  let at = bytes.indexOf(wanted[0]);
  while (at !== -1 && !wanted.every((byte, i) => bytes[at + i] === byte)) {
    at = bytes.indexOf(wanted[0], at + 1);
  }
  return at !== -1;
}

/**
 * Whether execvp(3) in setpriv ends up where findExecutable() did. It also
 * tries entries of PATH that are not absolute, in whatever directory it is.
 */
function findsTheSame(command: string): boolean {
  if (command.includes("/")) return true;
  const path = Deno.env.get("PATH") ?? "";
  return path.split(":").every((directory) => directory.startsWith("/"));
}

let found: { path: string | undefined } | undefined;

/** A setpriv that knows --pdeathsig; undefined if there is none. */
export function findSetpriv(): string | undefined {
  found ??= { path: SETPRIV.find(knowsParentDeathSignal) };
  return found.path;
}

function knowsParentDeathSignal(path: string): boolean {
  if (!isExecutable(path)) return false;
  try {
    // Running it to ask would cost more than the call itself.
    return contains(readWhole(path), "pdeathsig");
  } catch {
    // Better a call without that signal than none.
    return false;
  }
}

/**
 * Whether execve(2) would surely take the file. When setpriv cannot execute
 * it, nobody learns why, and if it is not a program, execvp(3) in setpriv even
 * has a shell read it.
 */
function canExecute(path: string): boolean {
  if (!isExecutable(path)) return false;
  try {
    using file = open(path, O_RDONLY | O_NONBLOCK, `"${path}"`);
    const interpreter = interpreterOf(file);
    return interpreter === "none" ||
      interpreter !== undefined && isExecutable(interpreter);
  } catch {
    return false;
  }
}

/**
 * What a program needs to run: the interpreter of a script, the loader of an
 * ELF file, "none" for a static one; undefined if it is no program for this
 * machine.
 */
function interpreterOf(file: Fd): string | undefined {
  const head = new Uint8Array(4096);
  const size = read(file, head);
  if (size < 2) return undefined;
  const text = new TextDecoder("latin1").decode(head.subarray(0, size));
  if (text.startsWith("#!")) return /^#![ \t]*([^ \t\n]+)/.exec(text)?.[1];
  return elfInterpreter(head.subarray(0, size), Deno.build.arch);
}
