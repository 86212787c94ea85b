import assert from "node:assert/strict";
import { glibcVersion } from "../../ffi/probe.ts";

Deno.test("glibcVersion() is the one that getconf(1) tells", async () => {
  const { stdout } = await new Deno.Command("getconf", {
    args: ["GNU_LIBC_VERSION"],
  }).output();
  const told = new TextDecoder().decode(stdout).trim();
  assert.equal(`glibc ${glibcVersion()}`, told);
});
