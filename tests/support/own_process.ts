import { PROJECT } from "./build.ts";

/** How a program of `programs/` ended, and what it printed. */
export interface ProgramResult {
  code: number;
  signal: Deno.Signal | null;
  stdout: string;
  stderr: string;
}

export interface ProgramOptions {
  env?: Record<string, string>;
  cwd?: string;
  /** Shell commands before the program, as `exec 30</dev/null`. */
  prelude?: string;
  /** A command in front of the program, which runs that. */
  before?: readonly string[];
  /** Options of V8. */
  flags?: readonly string[];
}

/**
 * Runs `programs/<name>.ts` in a process of its own, for what changes the
 * whole process or takes all of its children.
 */
export async function runProgram(
  name: string,
  args: readonly string[] = [],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  const program = `${PROJECT}/tests/support/programs/${name}.ts`;
  const deno = [Deno.execPath(), "run", "--no-config", "--no-lock"];
  const v8 = (options.flags ?? []).map((flag) => `--v8-flags=${flag}`);
  const script = `${options.prelude ?? ":"}; exec "$@"`;
  const { code, signal, stdout, stderr } = await new Deno.Command("bash", {
    args: [
      ...["-c", script, "bash", ...options.before ?? []],
      ...[...deno, ...v8, "-A", program, ...args],
    ],
    cwd: options.cwd,
    env: options.env,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return {
    code,
    signal,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

/**
 * Runs a program that prints one JSON value, and returns that.
 *
 * @throws {Error} with its output when it fails
 */
export async function factsOf<T>(
  name: string,
  args: readonly string[] = [],
  options: ProgramOptions = {},
): Promise<T> {
  const result = await runProgram(name, args, options);
  if (result.code !== 0) {
    throw new Error(
      `${name} ${args.join(" ")} ended with ${
        result.signal ?? result.code
      }:\n` +
        result.stderr + result.stdout,
    );
  }
  return JSON.parse(result.stdout);
}
