import { strictEqual } from "node:assert/strict";
import { PROJECT } from "../support/build.ts";
import { TempDir } from "../support/own_files.ts";
import { run } from "./run.ts";

async function build(output: string): Promise<Uint8Array> {
  // As `make` sets it.
  const env = { V8_FLAGS: "--single-threaded --expose-gc" };
  await run(`${PROJECT}/tools/build`, [output], env);
  return Deno.readFileSync(output);
}

Deno.test("two builds of the same sources are the same, byte for byte", async () => {
  using dir = new TempDir();
  Deno.mkdirSync(dir.at("elsewhere"));
  const one = await build(dir.at("one"));
  const other = await build(dir.at("elsewhere/other"));
  strictEqual(one.length, other.length);
  strictEqual(one.findIndex((byte, i) => byte !== other[i]), -1);
});
