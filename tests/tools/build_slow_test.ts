import { ok, strictEqual } from "node:assert/strict";
import { PROJECT } from "../support/build.ts";
import { TempDir } from "../support/own_files.ts";

function build(output: string): Uint8Array {
  const built = new Deno.Command(`${PROJECT}/tools/build`, {
    args: [output],
    // As `make` sets it.
    env: { V8_FLAGS: "--single-threaded --expose-gc" },
  }).outputSync();
  ok(built.success, new TextDecoder().decode(built.stderr));
  return Deno.readFileSync(output);
}

Deno.test("two builds of the same sources are the same, byte for byte", () => {
  using dir = new TempDir();
  Deno.mkdirSync(dir.at("elsewhere"));
  const [one, other] = [dir.at("one"), dir.at("elsewhere/other")].map(build);
  strictEqual(one.length, other.length);
  strictEqual(one.findIndex((byte, i) => byte !== other[i]), -1);
});
