import assert from "node:assert/strict";
import fc from "fast-check";
import { Fd, open } from "../../ffi/fd.ts";
import {
  identify,
  identifyName,
  identifyOpen,
  isExecutable,
  linkText,
  makeDirectory,
  mayWriteInto,
  removeIfThere,
  workingDirectory,
} from "../../ffi/path.ts";
import { cString } from "../../ffi/memory.ts";
import { bytesToText } from "../../ffi/text.ts";
import { errorOf, TempDir, WorkingDirectory } from "../support/own_files.ts";

const { symbols: { chdir } } = Deno.dlopen("libc.so.6", {
  // int chdir(const char *path); Deno's own takes only UTF-8.
  chdir: { parameters: ["buffer"], result: "i32" },
});

Deno.test("identify() tells what a path leads to, as stat(2) does", () => {
  using dir = new TempDir();
  Deno.symlinkSync(dir.file("file", "four"), dir.at("link"));
  for (const name of ["file", "link"]) {
    const { dev, ino, mtime } = Deno.statSync(dir.at(name));
    const { modified, ...others } = identify(dir.at(name))!;
    assert.ok(Math.abs(modified - mtime!.getTime()) <= 1);
    assert.deepEqual(others, {
      kind: "file",
      device: BigInt(dev),
      inode: BigInt(ino!),
      length: 4,
      names: 1,
    });
  }
  assert.deepEqual(identifyName(dir.at("file")), identify(dir.at("file")));
  assert.equal(identifyName(dir.at("link"))?.kind, "other");
  Deno.linkSync(dir.at("file"), dir.at("other name"));
  assert.equal(identify(dir.at("file"))?.names, 2);
  using file = open(dir.at("file"), ["read"], "it");
  assert.deepEqual(identifyOpen(file), identify(dir.at("file")));
  file.close();
  assert.equal(identifyOpen(new Fd(2 ** 30)), undefined);
  assert.equal(identify(dir.path)?.kind, "directory");
  assert.equal(identify(dir.fifo("fifo"))?.kind, "FIFO");
  assert.equal(identify("/dev/null")?.kind, "other");
  for (const look of [identify, identifyName]) {
    assert.equal(look(dir.at("missing")), undefined);
  }
});

Deno.test("isExecutable() is true for a file with a right to execute, links followed", () => {
  using dir = new TempDir();
  const program = dir.file("program", "", 0o755);
  Deno.symlinkSync(program, dir.at("link"));
  const forOwner = dir.file("for-owner", "", 0o700);
  for (const path of [program, dir.at("link"), forOwner]) {
    assert.equal(isExecutable(path), true, path);
  }
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
  // The bytes of a name: no NUL, no slash, at most NAME_MAX.
  const names = fc.uint8Array({ min: 1, minLength: 1, maxLength: 255 })
    .map((bytes) => bytes.map((byte) => byte === 0x2f ? 0x80 : byte))
    .map(bytesToText)
    .filter((name) => name !== "." && name !== "..");
  const before = Deno.cwd();
  fc.assert(fc.property(names, (name) => {
    const path = dir.at(name);
    makeDirectory(path, 0o700);
    assert.equal(identify(path)?.kind, "directory");
    const { message } = errorOf(() => makeDirectory(path, 0o700));
    assert.ok(message.startsWith(
      `Cannot create the directory "${path}": EEXIST`,
    ));
    chdir(cString(path));
    try {
      assert.equal(
        workingDirectory(),
        `${Deno.realPathSync(dir.path)}/${name}`,
      );
    } finally {
      Deno.chdir(before);
    }
    for (let times = 0; times < 2; times++) removeIfThere(path);
    assert.equal(identify(path), undefined);
  }));
  removeIfThere(dir.file("a file"));
  assert.deepEqual([...Deno.readDirSync(dir.path)], []);
});

Deno.test("workingDirectory() of one that has been removed throws", () => {
  using dir = new TempDir();
  makeDirectory(dir.at("gone"), 0o700);
  using _here = new WorkingDirectory(dir.at("gone"));
  removeIfThere(dir.at("gone"));
  assert.equal(
    errorOf(workingDirectory).message,
    "Cannot find out the working directory: ENOENT (no such file or directory)",
  );
});

Deno.test("removeIfThere() follows no link and leaves a directory with something in it", () => {
  using dir = new TempDir();
  makeDirectory(dir.at("full"), 0o700);
  dir.file("full/file");
  Deno.symlinkSync("full", dir.at("link"));
  for (const name of ["link", "full"]) removeIfThere(dir.at(name));
  assert.equal(linkText(dir.at("link")), undefined);
  assert.equal(identify(dir.at("full/file"))?.kind, "file");
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
