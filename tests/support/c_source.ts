import { runCommand } from "./command.ts";
import { TempDir } from "./own_files.ts";

/**
 * Compiles C text and runs it.
 *
 * @returns what it printed
 * @throws {Error} with the compiler's words
 */
export function runC(source: string): string {
  using directory = new TempDir();
  const program = directory.at("program");
  runCommand("gcc", [
    ...["-Wall", "-o", program],
    directory.file("program.c", source),
  ]);
  return runCommand(program, []);
}

/**
 * The values of C expressions, each an integer, by their text.
 *
 * @param includes headers in the order of inclusion
 * @param defined macros that these ask for
 */
export function evaluateC(
  includes: readonly string[],
  expressions: readonly string[],
  defined: readonly string[] = [],
): Map<string, bigint> {
  const printed = runC([
    ...["_GNU_SOURCE", ...defined].map((name) => `#define ${name}`),
    ...includes.map((header) => `#include <${header}>`),
    "int printf(const char *, ...);",
    "int main(void) {",
    ...expressions.map((text) =>
      `  printf("%s=%llu\\n", ${JSON.stringify(text)}, ` +
      `(unsigned long long)(${text}));`
    ),
    "  return 0;",
    "}\n",
  ].join("\n"));
  return new Map(
    printed.trim().split("\n").map((line) => {
      const at = line.lastIndexOf("=");
      return [line.slice(0, at), BigInt(line.slice(at + 1))];
    }),
  );
}
