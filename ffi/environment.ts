import { addressOf, libc } from "./libc.ts";
import { cString, textAt } from "./memory.ts";

/**
 * A variable of the environment that this process was started with, whatever
 * bytes it holds (see text.ts); undefined if it is not set.
 */
export function environmentVariable(name: string): string | undefined {
  const value = libc.getenv(cString(name));
  return value === null ? undefined : textAt(value);
}

/** The C `environ`: passed on byte for byte, as it was received. */
export function environ(): bigint {
  return new Deno.UnsafePointerView(addressOf("environ")).getBigUint64();
}
