import { compiled } from "../support/build.ts";

/** Compiles `tests/robustness/<name>.c` into a directory; returns its path. */
export function compileC(
  name: "nuisance" | "silent_fuse",
  directory: string,
  flags: readonly string[],
): string {
  const target = `${directory}/${name}`;
  Deno.copyFileSync(compiled(`robustness/${name}.c`, "gcc", ...flags), target);
  return target;
}
