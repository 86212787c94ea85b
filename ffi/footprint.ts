import { MADV_DONTNEED } from "./constants.ts";
import { libc } from "./libc.ts";

/**
 * Gives back memory that an idle process does not need: what malloc keeps in
 * reserve, and the pages of the executable and its libraries that the start
 * has touched. The kernel has those in its page cache (or reads them again),
 * so the next use of one costs a page fault and no more.
 *
 * Only what the file can give again is dropped; see `neverWritable`.
 */
export function releaseMemory(): void {
  // What looking for them leaves behind is collected with the rest.
  const mappings = cleanFileMappings();
  collectGarbage();
  libc.malloc_trim(0n);
  for (const { start, size } of mappings) {
    libc.madvise(start, size, MADV_DONTNEED);
  }
}

/** Frees unused JavaScript objects, if V8 was told to offer that. */
function collectGarbage(): void {
  const { gc } = globalThis as {
    gc?: (options: { type: "major"; flavor: "last-resort" }) => void;
  };
  gc?.({ type: "major", flavor: "last-resort" });
}

/** A part of the address space. */
interface Mapping {
  start: bigint;
  /** In bytes. */
  size: bigint;
}

/** Mappings of files that cannot hold a page that differs from the file. */
function cleanFileMappings(): Mapping[] {
  let smaps: string;
  try {
    smaps = Deno.readTextFileSync("/proc/self/smaps");
  } catch {
    // Only an economy: without it more memory is kept.
    return [];
  }
  return neverWritable(smaps);
}

/**
 * Read-only private mappings of a named file, as proc_pid_smaps(5) shows them:
 * a line with the addresses, then one per figure.
 *
 * Relocated data (RELRO) looks like those, but could not be read again. That
 * it has no private page ("Anonymous") does not tell: those may be in swap.
 * But a mapping that has ever been writable is accounted for ("ac" in its
 * flags), and stays so; and one that was not has no page of its own, unless a
 * debugger has put one there.
 */
export function neverWritable(smaps: string): Mapping[] {
  return [...smaps.matchAll(READ_ONLY_FILE)]
    .filter(([, , , figures]) =>
      /^Anonymous: +0 kB$/m.test(figures) && /^Swap: +0 kB$/m.test(figures) &&
      /^VmFlags:(?!.* ac\b)/m.test(figures)
    )
    .map(([, from, to]) => {
      const start = BigInt(`0x${from}`);
      return { start, size: BigInt(`0x${to}`) - start };
    });
}

const READ_ONLY_FILE =
  /^([0-9a-f]+)-([0-9a-f]+) r-[-x]p \S+ \S+ [1-9][0-9]* +\/.*\n((?:[A-Z].*(?:\n|$))*)/gm;
