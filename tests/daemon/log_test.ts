import assert from "node:assert/strict";
import { O_APPEND, O_CLOEXEC, O_SYNC } from "../../ffi/constants.ts";
import { SystemError } from "../../ffi/errno.ts";
import { Log } from "../../src/daemon/log.ts";
import {
  errorOf,
  fdsNow,
  flagsOf,
  WorkingDirectory,
  WorkingTempDir,
} from "../support/own_files.ts";
import { openFds } from "../support/processes.ts";
import { fillBlocks, inTinyFileSystem } from "../support/disk.ts";

const NAME = "shim-log.json";

/** The objects of the log, each on its line. */
function objects(): { level: string; msg: string }[] {
  return Deno.readTextFileSync(NAME).split("\n").slice(0, -1)
    .map((line) => JSON.parse(line));
}

Deno.test("Log: the file is there, empty, before anything is written", () => {
  using _dir = new WorkingTempDir();
  const umask = Deno.umask(0o022);
  try {
    using _log = new Log();
    const { size, mode } = Deno.statSync(NAME);
    assert.deepEqual([size, mode! & 0o7777], [0, 0o644]);
  } finally {
    Deno.umask(umask);
  }
});

Deno.test("Log: error() and warn() add one valid JSON object each to what is there", () => {
  using _dir = new WorkingTempDir();
  const message = 'quoted "text", back\\slash, new\nline, \u0001 and é😀';
  {
    using log = new Log();
    log.warn("first");
    log.error(message);
  }
  using log = new Log();
  log.warn("later");
  assert.deepEqual(objects(), [
    { level: "warn", msg: "first" },
    { level: "error", msg: message },
    { level: "warn", msg: "later" },
  ]);
});

Deno.test("Log: the file is opened to append, synchronous, close-on-exec", () => {
  using dir = new WorkingTempDir();
  const before = fdsNow();
  {
    using _log = new Log();
    const { fd } = openFds(Deno.pid)
      .find(({ link }) => link === dir.at(NAME))!;
    const wanted = O_APPEND | O_SYNC | O_CLOEXEC;
    assert.equal(flagsOf(fd) & wanted, wanted);
  }
  assert.deepEqual(fdsNow(), before);
});

Deno.test("Log: a directory or a link in its place is an error that names it", () => {
  using dir = new WorkingTempDir();
  const before = fdsNow();
  Deno.mkdirSync(NAME);
  assert.throws(
    () => new Log(),
    /^SystemError: Cannot open the log "shim-log.json": EISDIR/,
  );
  Deno.removeSync(NAME);
  Deno.symlinkSync(dir.file("victim"), NAME);
  assert.ok((errorOf(() => new Log()) as SystemError).is("ELOOP"));
  assert.deepEqual(fdsNow(), before);
});

Deno.test("Log: a message that finds no space is dropped without an error", {
  ignore: Deno.uid() !== 0,
}, async () => {
  await inTinyFileSystem((disk) => {
    using _here = new WorkingDirectory(disk);
    using log = new Log();
    fillBlocks(disk);
    log.error("lost");
    assert.equal(Deno.statSync(NAME).size, 0);
  });
});

Deno.test("Log: writing after it has been closed is no error", () => {
  using _dir = new WorkingTempDir();
  const log = new Log();
  log[Symbol.dispose]();
  log.warn("too late");
  assert.equal(Deno.statSync(NAME).size, 0);
});
