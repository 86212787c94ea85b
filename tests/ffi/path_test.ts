import assert from "node:assert/strict";
import {
  identify,
  isExecutable,
  linkText,
  makeDirectory,
  mayWriteInto,
  removeIfThere,
  workingDirectory,
} from "../../ffi/path.ts";
import { bytesToText } from "../../ffi/text.ts";
import { errorOf, TempDir, WorkingDirectory } from "../support/own_files.ts";

const LATIN1 = bytesToText(new Uint8Array([0x6d, 0xfc]));

Deno.test("identify() tells what a path leads to, as stat(2) does", () => {
  using dir = new TempDir();
  Deno.symlinkSync(dir.file("file", "four"), dir.at("link"));
  for (const name of ["file", "link"]) {
    const { dev, ino } = Deno.statSync(dir.at(name));
    assert.deepEqual(identify(dir.at(name)), {
      kind: "file",
      device: BigInt(dev),
      inode: BigInt(ino!),
      length: 4,
    });
  }
  assert.equal(identify(dir.path)?.kind, "directory");
  assert.equal(identify(dir.fifo("fifo"))?.kind, "FIFO");
  assert.equal(identify("/dev/null")?.kind, "other");
  assert.equal(identify(dir.at("missing")), undefined);
});

Deno.test("isExecutable() is true for a file with a right to execute", () => {
  using dir = new TempDir();
  assert.equal(isExecutable(dir.file("program", "", 0o755)), true);
  assert.equal(isExecutable(dir.file("for-owner", "", 0o700)), true);
});

Deno.test("isExecutable() follows a link", () => {
  using dir = new TempDir();
  Deno.symlinkSync(dir.file("program", "", 0o755), dir.at("link"));
  assert.equal(isExecutable(dir.at("link")), true);
});

Deno.test("isExecutable() is false for everything else", () => {
  using dir = new TempDir();
  Deno.symlinkSync(dir.at("nothing"), dir.at("dangling"));
  const cases = {
    "a file without the right": dir.file("text", "", 0o644),
    "a directory": dir.path,
    "a FIFO": dir.fifo("fifo"),
    "a missing file": dir.at("missing"),
    "a dangling link": dir.at("dangling"),
    "a file below a file": dir.at("text/below"),
    "an empty path": "",
    "a path that is too long": "x".repeat(5000),
  };
  Deno.chmodSync(dir.at("fifo"), 0o777);
  for (const [what, path] of Object.entries(cases)) {
    assert.equal(isExecutable(path), false, what);
  }
});

Deno.test("mayWriteInto() is about directories that are there", () => {
  using dir = new TempDir();
  assert.equal(mayWriteInto(dir.path), true);
  assert.equal(mayWriteInto(dir.at("none")), false);
  assert.equal(mayWriteInto(dir.file("a file")), false);
});

Deno.test("makeDirectory(), workingDirectory(), removeIfThere(): any name will do", () => {
  using dir = new TempDir();
  for (const name of ["plain", "é", LATIN1]) {
    const path = dir.at(name);
    makeDirectory(path, 0o700);
    assert.equal(identify(path)?.kind, "directory");
    const { message } = errorOf(() => makeDirectory(path, 0o700));
    assert.match(message, /^Cannot create the directory ".*": EEXIST/);
    removeIfThere(path);
    removeIfThere(path);
    assert.equal(identify(path), undefined);
  }
  removeIfThere(dir.file("a file"));
  assert.deepEqual([...Deno.readDirSync(dir.path)], []);
});

Deno.test("workingDirectory() is where the process is", () => {
  using dir = new TempDir();
  using _here = new WorkingDirectory(dir.path);
  assert.equal(workingDirectory(), Deno.realPathSync(dir.path));
});

Deno.test("linkText() is what a link says, at most 255 bytes, and touches nothing behind it", () => {
  using dir = new TempDir();
  Deno.symlinkSync("/no/such/place", dir.at("link"));
  assert.equal(linkText(dir.at("link")), "/no/such/place");
  Deno.symlinkSync("x".repeat(1000), dir.at("long"));
  assert.equal(linkText(dir.at("long")), "x".repeat(255));
  assert.equal(linkText(dir.file("file")), undefined);
  assert.equal(linkText(dir.at("missing")), undefined);
});
