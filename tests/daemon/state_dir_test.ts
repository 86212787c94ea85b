import assert from "node:assert/strict";
import { SystemError } from "../../ffi/errno.ts";
import { openUnnamed } from "../../ffi/file.ts";
import {
  readPid,
  reserveSpace,
  stateDirectory,
  writeExitStatus,
} from "../../src/daemon/state_dir.ts";
import {
  errorOf,
  fdsNow,
  TempDir,
  Variable,
  WorkingDirectory,
  WorkingTempDir,
} from "../support/own_files.ts";
import { fillBlocks, fillInodes, inTinyFileSystem } from "../support/disk.ts";

const asRoot = { ignore: Deno.uid() !== 0 };

Deno.test("stateDirectory() is PWD when that names the directory", () => {
  using dir = new WorkingTempDir();
  using _other = new TempDir();
  const alias = `${_other.path}/alias`;
  Deno.symlinkSync(dir.path, alias);
  using _pwd = new Variable("PWD", alias);
  assert.equal(stateDirectory(), alias);
});

Deno.test("stateDirectory() is the kernel's answer when PWD is of no use", () => {
  using dir = new WorkingTempDir();
  for (const pwd of [undefined, "", "/", ".", "/no/such/directory"]) {
    using _pwd = new Variable("PWD", pwd);
    assert.equal(stateDirectory(), dir.path, `PWD=${pwd}`);
  }
});

// Which texts are a number is a property over random ones: see
// tests/robustness/parser_properties.ts.
Deno.test("readPid() takes a decimal number, and shows the beginning of anything else", () => {
  using dir = new WorkingTempDir();
  dir.file("pid", "+007");
  assert.equal(readPid(), 7);
  const wrong = ["", "12\n", "0", "2147483648", "١٢", "\ufeff12"];
  for (const text of [...wrong, "x".repeat(100_000)]) {
    dir.file("pid", text);
    const shown = text.length > 64
      ? `"${text.slice(0, 64)}…"`
      : JSON.stringify(text);
    const { message } = errorOf(readPid);
    assert.ok(
      message.startsWith('The runtime wrote no process id to "pid": ') &&
        message.endsWith(`found ${shown}`),
      message,
    );
  }
});

Deno.test("readPid() without a file, or with a link in its place, throws", () => {
  using dir = new WorkingTempDir();
  assert.ok((errorOf(readPid) as SystemError).is("ENOENT"));
  Deno.symlinkSync(dir.file("other", "1"), dir.at("pid"));
  assert.ok((errorOf(readPid) as SystemError).is("ELOOP"));
});

Deno.test("writeExitStatus() writes digits without a newline, mode 0666 minus the umask", () => {
  using _dir = new WorkingTempDir();
  const before = fdsNow();
  const umask = Deno.umask(0o022);
  try {
    for (const status of [0, 137, 7]) {
      writeExitStatus(status);
      assert.equal(Deno.readTextFileSync("exitStatus"), String(status));
    }
  } finally {
    Deno.umask(umask);
  }
  assert.equal(Deno.statSync("exitStatus").mode! & 0o7777, 0o644);
  assert.deepEqual(fdsNow(), before);
});

Deno.test("writeExitStatus() does not write through a link", () => {
  using dir = new WorkingTempDir();
  Deno.symlinkSync(dir.file("victim", "precious"), dir.at("exitStatus"));
  const error = errorOf(() => writeExitStatus(0)) as SystemError;
  assert.ok(error.is("ELOOP"));
  assert.equal(Deno.readTextFileSync(dir.at("victim")), "precious");
});

Deno.test("writeExitStatus() throws when the file cannot be opened, reserve or not", () => {
  using dir = new WorkingTempDir();
  Deno.mkdirSync(dir.at("exitStatus"));
  const before = fdsNow();
  using reserve = reserveSpace();
  for (const given of [undefined, reserve]) {
    assert.throws(
      () => writeExitStatus(0, given),
      /^SystemError: Cannot open "exitStatus": EISDIR \(is a directory\)$/,
    );
  }
  assert.deepEqual(fdsNow(), before);
});

for (
  const [left, fill, call] of [
    ["block", fillBlocks, "write"],
    ["inode", fillInodes, "open"],
  ] as const
) {
  Deno.test(
    `writeExitStatus() throws when there is no ${left} left`,
    asRoot,
    async () => {
      await inTinyFileSystem((disk) => {
        using _here = new WorkingDirectory(disk);
        fill(disk);
        const { message } = errorOf(() => writeExitStatus(137));
        const words = "ENOSPC (no space left on device)";
        assert.equal(message, `Cannot ${call} "exitStatus": ${words}`);
      });
    },
  );
}

Deno.test(
  "writeExitStatus() gives the reserve up on a full disk, and only then",
  asRoot,
  async () => {
    await inTinyFileSystem((disk) => {
      using _here = new WorkingDirectory(disk);
      using reserve = reserveSpace()!;
      writeExitStatus(1, reserve);
      assert.equal(reserve.closed, false);
      Deno.removeSync("exitStatus");
      fillBlocks(disk);
      fillInodes(disk);
      writeExitStatus(137, reserve);
      assert.equal(reserve.closed, true);
      assert.equal(Deno.readTextFileSync("exitStatus"), "137");
    });
  },
);

Deno.test("reserveSpace() has no name and holds a byte", () => {
  using dir = new WorkingTempDir();
  const before = fdsNow();
  {
    using reserve = reserveSpace()!;
    const info = Deno.statSync(`/proc/self/fd/${reserve.raw}`);
    assert.deepEqual([info.size, info.nlink], [1, 0]);
    assert.deepEqual([...Deno.readDirSync(dir.path)], []);
  }
  assert.deepEqual(fdsNow(), before);
});

Deno.test(
  "reserveSpace() is undefined on a full disk and where there is no such file",
  asRoot,
  async () => {
    await inTinyFileSystem((disk) => {
      using _here = new WorkingDirectory(disk);
      const before = fdsNow();
      fillBlocks(disk);
      assert.equal(reserveSpace(), undefined);
      assert.deepEqual(fdsNow(), before);
    });
    using _proc = new WorkingDirectory("/proc");
    assert.ok(
      (errorOf(() => openUnnamed(".")) as SystemError)
        .is("EOPNOTSUPP"),
    );
    assert.equal(reserveSpace(), undefined);
  },
);
