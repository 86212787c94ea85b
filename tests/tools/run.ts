import assert from "node:assert/strict";
import { PROJECT } from "../support/build.ts";

/** Runs a command of the project; fails with its words, or returns what it has printed. */
export async function run(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    env,
    cwd: PROJECT,
    stdin: "null",
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}
