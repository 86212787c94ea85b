import type { Run } from "../support/harness.ts";

/** A file system so small that it is soon full. */
export const TINY = "size=64k,nr_inodes=24,mode=0700";

/** Fills the state directory's file system with bytes. */
export function fillBlocks(directory: string): void {
  const page = new Uint8Array(4096).fill(0x78);
  for (let bytes = 0;; bytes += page.length) {
    try {
      Deno.writeFileSync(`${directory}/filler`, page, { append: true });
    } catch (error) {
      if (isFull(error)) return;
      throw error;
    }
  }
}

/** Takes all of its inodes. */
export function fillInodes(directory: string): void {
  for (let number = 0;; number++) {
    try {
      Deno.createSync(`${directory}/inode-${number}`).close();
    } catch (error) {
      if (isFull(error)) return;
      throw error;
    }
  }
}

function isFull(error: unknown): boolean {
  return String(error).includes("os error 28");
}

/** Makes a mounted directory read-only; throws where that cannot be done. */
export function makeReadOnly(run: Run, directory: string): void {
  if (!run.remount(directory, "ro")) {
    throw new Error(`${directory} cannot be made read-only`);
  }
}
