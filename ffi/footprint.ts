import { MADV_DONTNEED } from "./constants.ts";
import { libc } from "./libc.ts";

/**
 * Gives back memory that an idle process does not need: what malloc keeps in
 * reserve, and the pages of the executable and its libraries that the start
 * has touched. The kernel has those in its page cache (or reads them again),
 * so the next use of one costs a page fault and no more.
 *
 * A mapping that has private pages of its own is left alone: relocated data
 * (RELRO) looks like part of the file, but could not be read again.
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

/** Mappings of files, without a single page that differs from the file. */
function cleanFileMappings(): Mapping[] {
  let smaps: string;
  try {
    smaps = Deno.readTextFileSync("/proc/self/smaps");
  } catch {
    // Only an economy: without it more memory is kept.
    return [];
  }
  return [...smaps.matchAll(CLEAN_FILE_MAPPING)].map(([, from, to]) => {
    const start = BigInt(`0x${from}`);
    return { start, size: BigInt(`0x${to}`) - start };
  });
}

/**
 * A read-only private mapping of a named file with no anonymous page, as
 * proc_pid_smaps(5) shows it: a line with the addresses, then one per figure.
 */
const CLEAN_FILE_MAPPING =
  /^([0-9a-f]+)-([0-9a-f]+) r-[-x]p \S+ \S+ [1-9][0-9]* +\/.*\n(?:[A-Z].*\n)*?Anonymous: +0 kB$/gm;
