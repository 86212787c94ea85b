/**
 * Compiles C text and runs it.
 *
 * @returns what it printed
 * @throws {Error} with the compiler's words
 */
export async function runC(source: string): Promise<string> {
  const directory = await Deno.makeTempDir({ prefix: "shim-unit-c-" });
  try {
    const program = `${directory}/program`;
    await Deno.writeTextFile(`${program}.c`, source);
    await run("gcc", ["-Wall", "-o", program, `${program}.c`]);
    return await run(program, []);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/**
 * The values of C expressions, each an integer, by their text.
 *
 * @param includes headers in the order of inclusion
 * @param defined macros that these ask for
 */
export async function evaluateC(
  includes: readonly string[],
  expressions: readonly string[],
  defined: readonly string[] = [],
): Promise<Map<string, bigint>> {
  const printed = await runC([
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

async function run(command: string, args: string[]): Promise<string> {
  const result = await new Deno.Command(command, { args }).output();
  if (!result.success) {
    throw new Error(
      `${command} failed: ${new TextDecoder().decode(result.stderr)}`,
    );
  }
  return new TextDecoder().decode(result.stdout);
}
