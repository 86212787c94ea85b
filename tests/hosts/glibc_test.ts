import assert from "node:assert/strict";
import { defaultShim } from "../support/build.ts";
import { run } from "../tools/run.ts";

/** The oldest glibc that README.md names. */
const OLDEST = 27;

Deno.test("the engine needs no symbol of a glibc that is newer than 2.27", async () => {
  const needs = await run("readelf", ["--version-info", defaultShim()]);
  const minors = [...needs.matchAll(/Name: GLIBC_2\.(\d+)/g)]
    .map(([_, minor]) => Number(minor));
  assert.ok(minors.includes(2), "those of 2.2.5 are always there");
  assert.equal(Math.max(...minors), OLDEST);
});
