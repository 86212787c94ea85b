import { addressOf } from "./libc.ts";

/** The version of glibc at run time, as `2.36`; gnu_get_libc_version(3). */
export function glibcVersion(): string {
  // Only diagnostics ask for it, so it has no place in the table.
  const ask = new Deno.UnsafeFnPointer(
    addressOf("gnu_get_libc_version") as Deno.PointerObject<
      { parameters: []; result: "pointer" }
    >,
    { parameters: [], result: "pointer" },
  );
  const text = ask.call();
  return text === null ? "" : new Deno.UnsafePointerView(text).getCString();
}
