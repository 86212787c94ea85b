import { dirent } from "./layout.ts";
import { libc } from "./libc.ts";
import { cString } from "./memory.ts";

/**
 * The names in a directory, a few at a time: what is not taken is not read.
 * One that cannot be opened has none. For /proc, whose names are ASCII.
 */
export function* directoryNames(path: string): Generator<string> {
  const directory = libc.opendir(cString(path));
  if (directory === null) return;
  try {
    for (;;) {
      const entry = libc.readdir(directory);
      if (entry === null) return;
      const name = Deno.UnsafePointerView.getCString(entry, dirent.name);
      if (name !== "." && name !== "..") yield name;
    }
  } finally {
    libc.closedir(directory);
  }
}
