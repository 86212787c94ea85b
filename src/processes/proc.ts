import { isChild } from "../../ffi/process.ts";

/** The children of this process, those that have ended included. */
export function children(): number[] {
  return [...Deno.readDirSync("/proc")]
    .map(({ name }) => Number(name))
    .filter((pid) => Number.isInteger(pid) && isChild(pid));
}
