import assert from "node:assert/strict";
import { PROJECT } from "../support/build.ts";
import { TempDir } from "../support/own_files.ts";
import { run } from "./run.ts";

Deno.test({
  name: "the bill names the engine that DENORT_BIN gave the executable",
  ignore: Deno.build.arch !== "x86_64",
}, async () => {
  using dir = new TempDir();
  const paths = await run(
    `${PROJECT}/tools/closed_network/provide_denort`,
    ["2.5.7", "x86_64"],
  );
  const [DENORT_BIN, DENO_COMPILER] = paths.split("\n");
  await run(`${PROJECT}/tools/build`, [dir.at("shim")], {
    DENORT_BIN,
    DENO_COMPILER,
    ENGINE: "",
  });
  const bill = await run(`${PROJECT}/tools/deno`, [
    ...["run", "-A", `${PROJECT}/tools/sbom.ts`, dir.at("shim")],
  ]);
  assert.equal(JSON.parse(bill).components[0].version, "2.5.7");
});
