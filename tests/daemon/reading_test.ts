import assert from "node:assert/strict";
import { open } from "../../ffi/fd.ts";
import { write } from "../../ffi/transfer.ts";
import { readJson, readStart } from "../../src/daemon/reading.ts";
import { errorOf, fdsNow, TempDir } from "../support/own_files.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("readJson() reads a whole file of any usual size", () => {
  using dir = new TempDir();
  const before = fdsNow();
  for (const length of [0, 1, 65_535, 65_536, 65_537, 3_000_000]) {
    const content = length < 2
      ? "1".repeat(length)
      : `"${"x".repeat(length - 2)}"`;
    assert.equal(text(readJson(dir.file("file", content), [])), content);
  }
  assert.deepEqual(fdsNow(), before);
});

Deno.test("readJson() stops where the first value ends, however much follows", () => {
  using dir = new TempDir();
  const path = dir.file("process.json", '{"a": [1, "}"]}\n');
  Deno.truncateSync(path, 3 * 2 ** 30);
  const read = readJson(path, []);
  assert.ok(read.length <= 65_536, `${read.length}`);
  assert.match(text(read), /^\{"a": \[1, "\}"\]\}\n/);
});

Deno.test("readJson() stops where there can be no value", () => {
  using dir = new TempDir();
  for (const content of ["", '{"a": "', "[1, "]) {
    const path = dir.file("process.json", content);
    Deno.truncateSync(path, 2 ** 30);
    assert.ok(readJson(path, []).length <= 65_536);
  }
});

Deno.test("readJson() of a FIFO does not wait for what follows the value", () => {
  using dir = new TempDir();
  const path = dir.fifo("process.json");
  using writer = open(path, ["read and write", "nonblocking"], "it");
  write(writer, new TextEncoder().encode('{"terminal": false} rest'));
  assert.match(text(readJson(path, [])), /^\{"terminal": false\}/);
});

Deno.test("readJson() refuses a value without end", () => {
  using dir = new TempDir();
  const path = dir.at("process.json");
  using file = Deno.openSync(path, { create: true, write: true });
  const chunk = new TextEncoder().encode("x".repeat(2 ** 20));
  file.writeSync(new TextEncoder().encode('"'));
  for (let i = 0; i < 129; i++) file.writeSync(chunk);
  const { message } = errorOf(() => readJson(path, []));
  assert.match(
    message,
    /too long: expected a JSON value of at most 134217728 /,
  );
});

Deno.test("readJson(), readStart() say what they could not read, and leak nothing", () => {
  using dir = new TempDir();
  Deno.symlinkSync(dir.file("target", "x"), dir.at("link"));
  const before = fdsNow();
  const cases: [path: string, words: RegExp][] = [
    [dir.at("missing"), /^Cannot open ".*": ENOENT \(no such file or dir/],
    [dir.path, /^Cannot read ".*": EISDIR \(is a directory\)$/],
    [dir.at("link"), /^Cannot open ".*": ELOOP/],
  ];
  for (const [path, words] of cases) {
    assert.match(errorOf(() => readJson(path, ["no link"])).message, words);
    assert.match(errorOf(() => readStart(path, ["no link"], 9)).message, words);
  }
  assert.deepEqual(fdsNow(), before);
});

Deno.test("readStart() reads so much and no more", () => {
  using dir = new TempDir();
  const path = dir.file("pid", "1234567");
  assert.equal(text(readStart(path, [], 4)), "1234");
  assert.equal(text(readStart(path, [], 100)), "1234567");
});
