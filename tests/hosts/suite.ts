import { PROJECT } from "../support/build.ts";
import { type Outcome, parseTap } from "./tap.ts";

/** Runs tests in a process of their own against an executable. */
export async function runSuite(
  files: readonly string[],
  shim: string,
  options: { filter?: string; env?: Record<string, string> } = {},
): Promise<Outcome> {
  const filter = options.filter === undefined
    ? []
    : [`--filter=${options.filter}`];
  const { stdout, stderr } = await new Deno.Command(`${PROJECT}/tools/deno`, {
    args: ["test", "-A", "--quiet", "--reporter=tap", ...filter, ...files],
    cwd: PROJECT,
    env: { ...options.env, SHIM: shim, NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  try {
    return parseTap(decode(stdout));
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${decode(stderr)}`);
  }
}
