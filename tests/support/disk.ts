import { runCommand } from "./command.ts";
import type { Run } from "./harness.ts";
import { TempDir } from "./own_files.ts";

/** A file system so small that it is soon full. */
export const TINY = "size=64k,nr_inodes=24,mode=0700";

/** Fills a directory's file system with bytes. */
export function fillBlocks(directory: string): void {
  const page = new Uint8Array(4096).fill(0x78);
  untilFull(() =>
    Deno.writeFileSync(`${directory}/filler`, page, { append: true })
  );
}

/** Takes all of its inodes. */
export function fillInodes(directory: string): void {
  let number = 0;
  untilFull(() => Deno.createSync(`${directory}/filler-${number++}`).close());
}

function untilFull(take: () => void): void {
  try {
    for (;;) take();
  } catch (error) {
    if (!String(error).includes("os error 28")) throw error;
  }
}

/** Makes a mounted directory read-only; throws where that cannot be done. */
export function makeReadOnly(run: Run, directory: string): void {
  if (!run.remount(directory, "ro")) {
    throw new Error(`${directory} cannot be made read-only`);
  }
}

/**
 * Mounts a file system of a few blocks and inodes, and unmounts it when the
 * action has ended. Needs root.
 *
 * @param options of the mount, see tmpfs(5)
 */
export async function inTinyFileSystem(
  action: (path: string) => void | Promise<void>,
  options = "size=64k,nr_inodes=12",
): Promise<void> {
  using dir = new TempDir();
  const path = dir.at("disk");
  Deno.mkdirSync(path);
  runCommand("mount", ["-t", "tmpfs", "-o", options, "tiny", path]);
  try {
    await action(path);
  } finally {
    runCommand("umount", [path]);
  }
}
