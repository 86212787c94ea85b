import { compiled } from "../support/build.ts";

/** The path of the program of helper.c. Throws with the compiler's words. */
export function helper(): string {
  return compiled("bench/helper.c");
}

/**
 * Runs a tool of the helper to its end and returns its lines of numbers.
 *
 * @param signal kills the tool when it aborts
 */
export async function helperNumbers(
  args: readonly string[],
  signal?: AbortSignal,
): Promise<number[][]> {
  const { success, stdout, stderr } = await new Deno.Command(helper(), {
    args: [...args],
    stdin: "null",
    signal,
  }).output();
  if (!success) {
    const words = new TextDecoder().decode(stderr);
    throw new Error(`${args.join(" ")} failed: ${words}`);
  }
  return new TextDecoder().decode(stdout).trim().split("\n")
    .map((line) => line.split(" ").map(Number));
}

/**
 * How long a program lives, from its exec, in milliseconds: until the first
 * byte of its output (0 if there is none), and until it was reaped; and the
 * processor time that it takes.
 */
export async function lifetime(
  program: string,
): Promise<{ first: number; end: number; cpu: number }> {
  const [[first, end, cpu]] = await helperNumbers(["lifetime", program]);
  return { first: first / 1e6, end: end / 1e6, cpu: cpu / 1e6 };
}

/** A tool of helper.c that runs beside the shim; ends with its scope. */
export class Tool implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;

  constructor(args: readonly string[]) {
    this.#process = new Deno.Command(helper(), {
      args: [...args],
      stdin: "null",
      stdout: "null",
    }).spawn();
  }

  get pid(): number {
    return this.#process.pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // Has ended by itself.
    }
    await this.#process.status;
  }
}
