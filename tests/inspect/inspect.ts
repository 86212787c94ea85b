import assert from "node:assert/strict";
import { defaultShim } from "../support/build.ts";
import { printable } from "../../src/words/printable.ts";
import type { Findings } from "../../src/inspect/report.ts";

/** What the executable's `--inspect` answers. */
export interface Answer {
  code: number;
  text: string;
  json: Findings["facts"] & Pick<Findings, "step" | "words" | "remarks"> & {
    ok: boolean;
  };
}

export async function output(
  command: string,
  args: string[],
  cwd?: string,
): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args,
    cwd,
    stdin: "null",
  }).output();
  assert.equal(new TextDecoder().decode(stderr), "");
  return { code, text: new TextDecoder().decode(stdout) };
}

/**
 * Asks for the text and for JSON; both must come to the same.
 *
 * @param cwd where it is called; here if undefined
 */
export async function inspect(
  directory: string,
  cwd?: string,
): Promise<Answer> {
  const args = ["--inspect", directory];
  const { code, text } = await output(defaultShim(), args, cwd);
  const other = await output(defaultShim(), [...args, "--json"], cwd);
  const json: Answer["json"] = JSON.parse(other.text);
  assert.equal(other.code, code);
  assert.equal(json.ok, code === 0);
  assert.ok(text.startsWith(printable(json.words)), text);
  return { code, text, json };
}
