import assert from "node:assert/strict";
import { factsOf } from "../support/own_process.ts";

Deno.test("releaseMemory() gives memory back, and everything goes on as before", async () => {
  const { before, after, intact, words } = await factsOf<{
    before: number;
    after: number;
    intact: boolean;
    words: string;
  }>("footprint", ["release"]);
  assert.ok(after < before, `${before} kB before, ${after} kB after`);
  assert.equal(intact, true);
  assert.equal(words, "ENOENT (no such file or directory)");
});
