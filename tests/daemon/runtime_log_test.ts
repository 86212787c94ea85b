import assert from "node:assert/strict";
import { RuntimeLogEntry } from "../../src/daemon/runtime_log.ts";
import { TempDir, WorkingDirectory } from "../support/own_files.ts";

/** A state directory with a log.json, if a text is given. */
function stateDir(log?: string) {
  const dir = new TempDir();
  if (log !== undefined) dir.file("log.json", log);
  const here = new WorkingDirectory(dir.path);
  return {
    dir,
    add: (text: string) =>
      Deno.writeTextFileSync("log.json", text, { append: true }),
    log: () => Deno.readTextFileSync("log.json"),
    [Symbol.dispose]() {
      here[Symbol.dispose]();
      dir[Symbol.dispose]();
    },
  };
}

for (const before of [undefined, "", "of before\n"]) {
  Deno.test(`RuntimeLogEntry takes out what one call has added to ${JSON.stringify(before)}`, () => {
    using place = stateDir(before);
    const first = new RuntimeLogEntry();
    place.add("first\n");
    assert.equal(first.text, "first\n");
    first.takeOut();
    assert.equal(place.log(), before ?? "");

    const second = new RuntimeLogEntry();
    place.add("second\n");
    assert.equal(second.text, "second\n");
    // What it was stays what it was.
    assert.equal(first.text, "first\n");
    first.putBack();
    assert.equal(place.log(), `${before ?? ""}first\n`);
  });
}

Deno.test("RuntimeLogEntry: a call that logs nothing makes no file", () => {
  using _place = stateDir();
  const entry = new RuntimeLogEntry();
  assert.equal(entry.text, "");
  entry.takeOut();
  entry.putBack();
  assert.throws(() => Deno.statSync("log.json"), Deno.errors.NotFound);
});

Deno.test("RuntimeLogEntry: of much only the beginning is kept, of a huge old log nothing is read", () => {
  using place = stateDir("old");
  Deno.truncateSync("log.json", 3 * 2 ** 30);
  const entry = new RuntimeLogEntry();
  place.add("x".repeat(200_000));
  assert.equal(entry.text, "x".repeat(65_536));
  entry.takeOut();
  assert.equal(Deno.statSync("log.json").size, 3 * 2 ** 30);
});

Deno.test("RuntimeLogEntry does not touch what is no plain file", () => {
  using place = stateDir();
  place.dir.fifo("log.json");
  const entry = new RuntimeLogEntry();
  assert.equal(entry.text, "");
  entry.takeOut();
  entry.putBack();
});
