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
): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args,
    stdin: "null",
  }).output();
  assert.equal(new TextDecoder().decode(stderr), "");
  return { code, text: new TextDecoder().decode(stdout) };
}

/** Asks for the text and for JSON; both must come to the same. */
export async function inspect(directory: string): Promise<Answer> {
  const { code, text } = await output(defaultShim(), ["--inspect", directory]);
  const other = await output(defaultShim(), ["--inspect", directory, "--json"]);
  const json: Answer["json"] = JSON.parse(other.text);
  assert.equal(other.code, code);
  assert.equal(json.ok, code === 0);
  assert.ok(text.startsWith(printable(json.words)), text);
  return { code, text, json };
}
