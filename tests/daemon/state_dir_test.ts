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
} from "../support/own_files.ts";
import { fillBlocks, fillInodes, inTinyFileSystem } from "../support/disk.ts";

/** A temporary state directory, which is the working directory. */
function stateDir() {
  const dir = new TempDir();
  const here = new WorkingDirectory(dir.path);
  return {
    path: dir.path,
    at: (name: string) => dir.at(name),
    file: (name: string, content: string | Uint8Array = "") =>
      dir.file(name, content),
    [Symbol.dispose]() {
      here[Symbol.dispose]();
      dir[Symbol.dispose]();
    },
  };
}

const asRoot = { ignore: Deno.uid() !== 0 };

Deno.test("stateDirectory() is PWD when that names the directory", () => {
  using dir = stateDir();
  using _other = new TempDir();
  const alias = `${_other.path}/alias`;
  Deno.symlinkSync(dir.path, alias);
  using _pwd = new Variable("PWD", alias);
  assert.equal(stateDirectory(), alias);
});

Deno.test("stateDirectory() is the kernel's answer when PWD is of no use", () => {
  using dir = stateDir();
  for (const pwd of [undefined, "", "/", ".", "/no/such/directory"]) {
    using _pwd = new Variable("PWD", pwd);
    assert.equal(stateDirectory(), dir.path, `PWD=${pwd}`);
  }
});

Deno.test("readPid() takes one decimal number", () => {
  using dir = stateDir();
  const cases = {
    "1": 1,
    "42": 42,
    "+7": 7,
    "007": 7,
    "2147483647": 0x7fffffff,
  };
  for (const [text, pid] of Object.entries(cases)) {
    dir.file("pid", text);
    assert.equal(readPid(), pid, text);
  }
});

Deno.test("readPid() refuses everything else and shows it", () => {
  using dir = stateDir();
  const wrong = ["", "12\n", " 12", "12 ", "0", "-1", "1.0", "1e3", "0x10"]
    .concat(
      "pid",
      '"12"',
      "2147483648",
      "99999999999999999999",
      "1 2",
      "١٢",
      "\ufeff12",
    );
  for (const text of wrong) {
    dir.file("pid", text);
    const error = errorOf(readPid);
    assert.ok(
      error.message.startsWith('The runtime wrote no process id to "pid": '),
    );
    assert.ok(
      error.message.endsWith(`found ${JSON.stringify(text)}`),
      error.message,
    );
  }
});

Deno.test("readPid() shows the beginning of a long one", () => {
  using dir = stateDir();
  dir.file("pid", "x".repeat(100_000));
  assert.ok(
    errorOf(readPid).message.endsWith(`found "${"x".repeat(64)}…"`),
  );
});

Deno.test("readPid() without a file, or with a link in its place, throws", () => {
  using dir = stateDir();
  assert.ok((errorOf(readPid) as SystemError).is("ENOENT"));
  Deno.symlinkSync(dir.file("other", "1"), dir.at("pid"));
  assert.ok((errorOf(readPid) as SystemError).is("ELOOP"));
});

Deno.test("writeExitStatus() writes digits without a newline", () => {
  using dir = stateDir();
  const before = fdsNow();
  for (const status of [0, 7, 137, 255]) {
    writeExitStatus(status);
    assert.equal(Deno.readTextFileSync(dir.at("exitStatus")), String(status));
  }
  assert.deepEqual(fdsNow(), before);
});

Deno.test("writeExitStatus() makes the file with mode 0666, minus the umask", () => {
  using dir = stateDir();
  const umask = Deno.umask(0o022);
  try {
    writeExitStatus(0);
  } finally {
    Deno.umask(umask);
  }
  assert.equal(Deno.statSync(dir.at("exitStatus")).mode! & 0o7777, 0o644);
});

Deno.test("writeExitStatus() does not write through a link", () => {
  using dir = stateDir();
  Deno.symlinkSync(dir.file("victim", "precious"), dir.at("exitStatus"));
  const error = errorOf(() => writeExitStatus(0)) as SystemError;
  assert.ok(error.is("ELOOP"));
  assert.equal(Deno.readTextFileSync(dir.at("victim")), "precious");
});

Deno.test("writeExitStatus() throws when the file cannot be opened", () => {
  using dir = stateDir();
  Deno.mkdirSync(dir.at("exitStatus"));
  const before = fdsNow();
  assert.throws(
    () => writeExitStatus(0),
    /^SystemError: Cannot open "exitStatus": EISDIR \(is a directory\)$/,
  );
  assert.deepEqual(fdsNow(), before);
});

Deno.test("writeExitStatus() throws on a full disk", asRoot, async () => {
  await inTinyFileSystem((disk) => {
    using _here = new WorkingDirectory(disk);
    fillBlocks(disk);
    assert.throws(
      () => writeExitStatus(137),
      /^Error: Cannot write "exitStatus": ENOSPC \(no space left on device\)$/,
    );
  });
});

Deno.test(
  "writeExitStatus() throws when there is no inode left",
  asRoot,
  async () => {
    await inTinyFileSystem((disk) => {
      using _here = new WorkingDirectory(disk);
      fillInodes(disk);
      const error = errorOf(() => writeExitStatus(137)) as SystemError;
      assert.ok(error.is("ENOSPC"));
    });
  },
);

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

Deno.test("writeExitStatus() throws when even the reserve does not help", () => {
  using dir = stateDir();
  Deno.mkdirSync(dir.at("exitStatus"));
  const before = fdsNow();
  using reserve = reserveSpace();
  assert.ok(
    (errorOf(() => writeExitStatus(0, reserve)) as SystemError).is("EISDIR"),
  );
  assert.deepEqual(fdsNow(), before);
});

Deno.test("reserveSpace() has no name and holds a byte", () => {
  using dir = stateDir();
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
