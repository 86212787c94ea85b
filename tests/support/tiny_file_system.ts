import { TempDir } from "./own_files.ts";

/** A mounted file system of a few blocks and inodes. */
export interface TinyFileSystem {
  path: string;
  /** Writes until there is no block left. */
  fill(): void;
  /** Makes files until there is no inode left. */
  useUpInodes(): void;
}

/**
 * Mounts one, and unmounts it when the action has ended. Needs root.
 *
 * @param options of the mount, see tmpfs(5)
 */
export async function inTinyFileSystem(
  action: (disk: TinyFileSystem) => void | Promise<void>,
  options = "size=64k,nr_inodes=12",
): Promise<void> {
  using dir = new TempDir();
  const path = dir.at("disk");
  Deno.mkdirSync(path);
  run("mount", "-t", "tmpfs", "-o", options, "tiny", path);
  try {
    await action({
      path,
      fill: () => untilFull(() => append(`${path}/filler`)),
      useUpInodes: () => {
        let number = 0;
        untilFull(() => Deno.writeFileSync(`${path}/${number++}`, empty));
      },
    });
  } finally {
    run("umount", path);
  }
}

const empty = new Uint8Array();

function append(path: string): void {
  Deno.writeFileSync(path, new Uint8Array(1024), { append: true });
}

function untilFull(use: () => void): void {
  for (let times = 0; times < 1000; times++) {
    try {
      use();
    } catch {
      return;
    }
  }
  throw new Error("The file system does not get full");
}

function run(command: string, ...args: string[]): void {
  const { success, stderr } = new Deno.Command(command, { args }).outputSync();
  if (!success) {
    throw new Error(`${command} failed: ${new TextDecoder().decode(stderr)}`);
  }
}
