import { PROJECT } from "../support/build.ts";
import { call } from "../tools/run.ts";
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
  const { out, err } = await call(
    `${PROJECT}/tools/deno`,
    ["test", "-A", "--quiet", "--reporter=tap", ...filter, ...files],
    { ...options.env, SHIM: shim, NO_COLOR: "1" },
  );
  try {
    return parseTap(out);
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${err}`);
  }
}
