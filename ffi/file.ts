import { X_OK } from "./constants.ts";
import { libc } from "./libc.ts";
import { cString } from "./memory.ts";

/** Whether the path is a regular file that this process may execute. */
export function isExecutable(path: string): boolean {
  if (libc.access(cString(path), X_OK) !== 0) return false;
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
