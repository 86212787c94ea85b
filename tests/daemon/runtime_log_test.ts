import assert from "node:assert/strict";
import { RuntimeLogEntry } from "../../src/daemon/runtime_log.ts";
import { WorkingTempDir } from "../support/own_files.ts";

const add = (text: string) =>
  Deno.writeTextFileSync("log.json", text, { append: true });
const log = () => Deno.readTextFileSync("log.json");

for (const before of [undefined, "", "of before\n"]) {
  Deno.test(`RuntimeLogEntry takes out what one call has added to ${JSON.stringify(before)}`, () => {
    using dir = new WorkingTempDir();
    if (before !== undefined) dir.file("log.json", before);
    const first = new RuntimeLogEntry();
    add("first\n");
    assert.equal(first.text, "first\n");
    first.takeOut();
    assert.equal(log(), before ?? "");

    const second = new RuntimeLogEntry();
    add("second\n");
    assert.equal(second.text, "second\n");
    // What it was stays what it was.
    assert.equal(first.text, "first\n");
    first.putBack();
    assert.equal(log(), `${before ?? ""}first\n`);
  });
}

Deno.test("RuntimeLogEntry: a call that logs nothing makes no file", () => {
  using _dir = new WorkingTempDir();
  const entry = new RuntimeLogEntry();
  assert.equal(entry.text, "");
  entry.takeOut();
  entry.putBack();
  assert.throws(() => Deno.statSync("log.json"), Deno.errors.NotFound);
});

Deno.test("RuntimeLogEntry: of much only the beginning is kept, of a huge old log nothing is read", () => {
  using dir = new WorkingTempDir();
  Deno.truncateSync(dir.file("log.json"), 3 * 2 ** 30);
  const entry = new RuntimeLogEntry();
  add("x".repeat(200_000));
  assert.equal(entry.text, "x".repeat(65_536));
  entry.takeOut();
  assert.equal(Deno.statSync("log.json").size, 3 * 2 ** 30);
});

Deno.test("RuntimeLogEntry does not touch what is no plain file", () => {
  using dir = new WorkingTempDir();
  dir.fifo("log.json");
  const entry = new RuntimeLogEntry();
  assert.equal(entry.text, "");
  entry.takeOut();
  entry.putBack();
});

Deno.test("RuntimeLogEntry leaves what has come to be somebody else's file", () => {
  using dir = new WorkingTempDir();
  const victim = dir.file("victim", "another's\n");
  for (const replace of [Deno.linkSync, Deno.renameSync]) {
    const entry = new RuntimeLogEntry();
    if (replace === Deno.renameSync) add("own\n");
    const later = replace === Deno.renameSync ? new RuntimeLogEntry() : entry;
    replace(victim, "log.json");
    later.takeOut();
    assert.equal(log(), "another's\n");
    if (replace === Deno.linkSync) Deno.removeSync("log.json");
  }
});
