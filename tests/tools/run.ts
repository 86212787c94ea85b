import assert from "node:assert/strict";
import { PROJECT } from "../support/build.ts";

/** Runs a command of the project to its end. */
export async function call(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    env,
    cwd: PROJECT,
    stdin: "null",
  }).output();
  const words = new TextDecoder();
  return { code, out: words.decode(stdout), err: words.decode(stderr) };
}

/** Runs what has to succeed; fails with its words, or returns what it has printed. */
export async function run(...command: Parameters<typeof call>) {
  const { code, out, err } = await call(...command);
  assert.equal(code, 0, err.trim());
  return out;
}
