import { type Row, row } from "./row.ts";

/** Soft limits of this process; undefined where unknown. */
export interface Limits {
  openFiles: number | undefined;
  /** In bytes, as the rest. */
  addressSpace: number | undefined;
  data: number | undefined;
  stack: number | undefined;
}

/** What this process has taken of the address space so far, in bytes. */
export interface OwnMemory {
  /** The most it ever had. */
  peak: number;
  /** What may be written to: counts for RLIMIT_DATA and strict overcommit. */
  data: number;
}

/** vm.overcommit_memory=2: no more memory may be promised than there is. */
export interface StrictOvercommit {
  /** What may still be promised, in bytes. */
  left: number;
}

/** Descriptors that one shim has open at most; README. */
const DESCRIPTORS = 30;

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

/** With less the engine dies of SIGSEGV (measured: 136 KiB). */
const STACK = 256 * KIB;
/** More than this command has by now: for a life with much output. */
const GROWTH = 64 * MIB;
/** Shims that a machine should have room for. */
const SHIMS = 100;

/** The limits of /proc/<pid>/limits. */
export function parseLimits(text: string): Limits {
  const soft = (name: string) => {
    const found = new RegExp(`^${name} +(\\S+)`, "m").exec(text)?.[1];
    if (found === "unlimited") return Infinity;
    return found === undefined ? undefined : Number(found);
  };
  return {
    openFiles: soft("Max open files"),
    addressSpace: soft("Max address space"),
    data: soft("Max data size"),
    stack: soft("Max stack size"),
  };
}

/** The sizes of /proc/<pid>/status; undefined where they are not there. */
export function parseOwnMemory(status: string): OwnMemory | undefined {
  const size = (name: string) => kilobytes(status, name);
  const [peak, data] = [size("VmPeak"), size("VmData")];
  return peak === undefined || data === undefined ? undefined : { peak, data };
}

/** Of vm.overcommit_memory and /proc/meminfo. */
export function parseOvercommit(
  setting: string,
  meminfo: string,
): StrictOvercommit | undefined {
  if (setting.trim() !== "2") return undefined;
  const limit = kilobytes(meminfo, "CommitLimit") ?? 0;
  return { left: limit - (kilobytes(meminfo, "Committed_AS") ?? 0) };
}

function kilobytes(text: string, name: string): number | undefined {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1];
  return found === undefined ? undefined : Number(found) * KIB;
}

/** Judges the limits. Far below them the engine does not even start. */
export function assessLimits(
  limits: Limits,
  own: OwnMemory | undefined,
  strict: StrictOvercommit | undefined,
): Row[] {
  const files = atLeast("open files", limits.openFiles, DESCRIPTORS, String);
  return [
    { ...files, needed: `${files.needed} for each shim` },
    atLeast("address space (RLIMIT_AS)", limits.addressSpace, own?.peak, size),
    atLeast(
      "data (RLIMIT_DATA)",
      limits.data,
      own && own.data + GROWTH,
      size,
    ),
    atLeast("stack (RLIMIT_STACK)", limits.stack, STACK, size),
    overcommit(own, strict),
  ];
}

function atLeast(
  what: string,
  limit: number | undefined,
  needed: number | undefined,
  inWords: (value: number) => string,
): Row {
  const known = limit !== undefined && needed !== undefined;
  const found = limit === undefined
    ? "unknown"
    : limit === Infinity
    ? "unlimited"
    : inWords(limit);
  return row(what, found, needed === undefined ? "unknown" : inWords(needed), {
    verdict: limit === Infinity
      ? "ok"
      : !known
      ? "warn"
      : limit >= needed
      ? "ok"
      : "fail",
    follows: known
      ? "The shim does not start, or dies of it later."
      : "/proc/self does not tell.",
  });
}

function overcommit(
  own: OwnMemory | undefined,
  strict: StrictOvercommit | undefined,
): Row {
  const each = own?.data ?? Infinity;
  const room = strict === undefined
    ? Infinity
    : Math.max(0, Math.floor(strict.left / each));
  return row(
    "overcommit",
    strict === undefined
      ? "not strict"
      : `strict, with room for ${room} more shims`,
    own === undefined ? "unknown" : `${size(each)} for each shim`,
    {
      verdict: room >= SHIMS ? "ok" : room >= 1 ? "warn" : "fail",
      follows:
        "vm.overcommit_memory is 2. Where there is no room a shim does " +
        "not start.",
    },
  );
}

/** Rounded up, so that a limit of this size is enough. */
function size(bytes: number): string {
  if (bytes < MIB) return `${Math.ceil(bytes / KIB)} KiB`;
  if (bytes < 4 * GIB) return `${Math.ceil(bytes / MIB)} MiB`;
  return `${(Math.ceil(bytes / GIB * 10) / 10).toFixed(1)} GiB`;
}
