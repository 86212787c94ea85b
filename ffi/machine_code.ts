import {
  EFD_CLOEXEC,
  EFD_NONBLOCK,
  MAP_ANONYMOUS,
  MAP_PRIVATE,
  MFD_CLOEXEC,
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
} from "./constants.ts";
import { check, errno, SystemError } from "./errno.ts";
import { Fd } from "./fd.ts";
import { libc } from "./libc.ts";
import { cString } from "./memory.ts";

/**
 * The little that has to run where no JavaScript can: between clone(2) and
 * execve(2), and in a signal handler. The sources are machine_code/*.s.
 */
const CODE = {
  x86_64: {
    bytes: "4889fb488b03488b7b08488b7310488b53184c8b53200f05488943284885c078" +
      "14488b4b304885c974054839c875064883c338ebceb83c000000bf7f0000000f" +
      "05cccccccccccccc8b3d22000000488d3513000000ba08000000b8010000000f" +
      "05c3cccccccccccc01000000000000000000000000000000",
    wake: 0x48,
  },
  aarch64: {
    bytes: "f30300aa680240f9608640a9628e41a9010000d4601600f9e000f8b7691a40f9" +
      "690000b41f0009eb6100005473e20091f5ffff17a80b80d2e00f80d2010000d4" +
      "00010018a1000010020180d2080880d2010000d4c0035fd60100000000000000" +
      "0000000000000000",
    wake: 0x40,
  },
} as const;

/** What the code for an architecture consists of; the start is `calls`. */
export function machineCode(arch: keyof typeof CODE): {
  bytes: Uint8Array<ArrayBuffer>;
  /** Offset of `wake`. */
  wake: number;
  /** Offset of the descriptor that `wake` writes to, an int. */
  descriptor: number;
} {
  const { bytes: hex, wake } = CODE[arch];
  const bytes = Uint8Array.from(
    hex.match(/../g)!,
    (digits) => parseInt(digits, 16),
  );
  return { bytes, wake, descriptor: bytes.length - 8 };
}

/** The code in memory, with the eventfd that it adds to. */
export interface LoadedCode {
  /** Address of `calls`. */
  calls: Deno.PointerObject;
  /** Address of `wake`. */
  wake: bigint;
  wakeUps: Fd;
}

let loaded: LoadedCode | undefined;

/**
 * The code, put once into memory that can be executed and cannot be written to
 * any more. (The engine needs such memory for its own code in any case.)
 *
 * @throws {SystemError}
 */
export function loadedMachineCode(): LoadedCode {
  return loaded ??= load();
}

function load(): LoadedCode {
  const wakeUps = new Fd(
    check(
      libc.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
      "eventfd",
      "create the eventfd for ended children",
    ),
  );
  const code = machineCode(Deno.build.arch as keyof typeof CODE);
  const view = new DataView(code.bytes.buffer);
  view.setInt32(code.descriptor, wakeUps.raw, true);

  const calls = mapped(code.bytes);
  const wake = Deno.UnsafePointer.value(calls) + BigInt(code.wake);
  return { calls, wake, wakeUps };
}

/**
 * Memory that was writable may not become executable everywhere
 * (PR_SET_MDWE in prctl(2), systemd's MemoryDenyWriteExecute=); a file's may.
 * Linux before 3.17 has no such files.
 */
function mapped(code: Uint8Array<ArrayBuffer>): Deno.PointerObject {
  try {
    return madeExecutable(code);
  } catch (error) {
    const page = mappedFile(code);
    if (page === undefined) throw error;
    return page;
  }
}

function madeExecutable(code: Uint8Array<ArrayBuffer>): Deno.PointerObject {
  const size = BigInt(code.length);
  const flags = MAP_PRIVATE | MAP_ANONYMOUS;
  const page = libc.mmap(null, size, PROT_READ | PROT_WRITE, flags, -1, 0n);
  if (isFailed(page)) {
    throw new SystemError(errno(), "mmap", "make memory for machine code");
  }
  const memory = Deno.UnsafePointerView.getArrayBuffer(page, code.length);
  new Uint8Array(memory).set(code);
  check(
    libc.mprotect(page, size, PROT_READ | PROT_EXEC),
    "mprotect",
    "make the machine code executable",
  );
  return page;
}

function mappedFile(
  code: Uint8Array<ArrayBuffer>,
): Deno.PointerObject | undefined {
  const raw = libc.memfd_create(cString("machine code"), MFD_CLOEXEC);
  if (raw === -1) return undefined;
  using file = new Fd(raw);
  const size = BigInt(code.length);
  if (libc.write(file.raw, code, size) !== code.length) return undefined;
  const rights = PROT_READ | PROT_EXEC;
  const page = libc.mmap(null, size, rights, MAP_PRIVATE, file.raw, 0n);
  return isFailed(page) ? undefined : page;
}

function isFailed(page: Deno.PointerValue): page is null {
  return page === null || Deno.UnsafePointer.value(page) === MAP_FAILED;
}

const MAP_FAILED = 2n ** 64n - 1n;
