import { PROJECT } from "../support/build.ts";

/**
 * Compiles `tests/robustness/<name>.c` into a directory.
 *
 * @param flags of gcc, besides warnings and optimisation
 * @returns the path of what was made
 * @throws {Error} with the compiler's words
 */
export function compileC(
  name: "getenv_spy" | "load" | "nuisance" | "silent_fuse" | "stranger",
  directory: string,
  flags: readonly string[] = [],
): string {
  const target = `${directory}/${name}`;
  const source = `${PROJECT}/tests/robustness/${name}.c`;
  const args = ["-O2", "-Wall", "-Wextra", ...flags, "-o", target, source];
  const { success, stderr } = new Deno.Command("gcc", { args }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return target;
}
