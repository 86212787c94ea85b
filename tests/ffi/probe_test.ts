import assert from "node:assert/strict";
import { enlargePipe, pipe } from "../../ffi/fd.ts";
import { glibcVersion, mayWriteInto, pipeCapacity } from "../../ffi/probe.ts";
import { fdsNow, TempDir } from "../support/own_files.ts";

Deno.test("glibcVersion() is the one that getconf(1) tells", async () => {
  const { stdout } = await new Deno.Command("getconf", {
    args: ["GNU_LIBC_VERSION"],
  }).output();
  const told = new TextDecoder().decode(stdout).trim();
  assert.equal(`glibc ${glibcVersion()}`, told);
});

Deno.test("pipeCapacity() is what the pipe was given", () => {
  const before = fdsNow();
  {
    const { readEnd, writeEnd } = pipe("test");
    using _reading = readEnd;
    using _writing = writeEnd;
    enlargePipe(writeEnd, 1 << 18);
    assert.equal(pipeCapacity(readEnd), 1 << 18);
  }
  assert.deepEqual(fdsNow(), before);
});

Deno.test("mayWriteInto() is about directories that are there", () => {
  using dir = new TempDir();
  assert.equal(mayWriteInto(dir.path), true);
  assert.equal(mayWriteInto(dir.at("none")), false);
  assert.equal(mayWriteInto(dir.file("a file")), false);
});
