import assert from "node:assert/strict";
import {
  O_CLOEXEC,
  O_NOCTTY,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
} from "../../ffi/constants.ts";
import { SystemError } from "../../ffi/errno.ts";
import {
  bytesWaiting,
  changeOwner,
  Fd,
  isPipe,
  open,
  openFlags,
  type OpenMode,
  pipe,
  setNonblocking,
} from "../../ffi/fd.ts";
import { PollSet } from "../../ffi/poll.ts";
import { openPty } from "../../ffi/pty.ts";
import { bytesToText } from "../../ffi/text.ts";
import { write } from "../../ffi/transfer.ts";
import { errorOf, fdsNow, flagsOf, TempDir } from "../support/own_files.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("Fd: close() closes the descriptor and forgets its number", () => {
  const before = fdsNow();
  const fd = open("/dev/null", ["read"], "it");
  assert.equal(Deno.readLinkSync(`/proc/self/fd/${fd.raw}`), "/dev/null");
  assert.equal(fd.closed, false);
  fd.close();
  assert.equal(fd.closed, true);
  assert.equal(fd.raw, -1);
  assert.deepEqual(fdsNow(), before);
});

Deno.test("Fd: closing twice leaves a descriptor of the same number alone", () => {
  const first = open("/dev/null", ["read"], "it");
  const number = first.raw;
  first.close();
  using second = open("/dev/zero", ["read"], "it");
  assert.equal(second.raw, number);
  first.close();
  first[Symbol.dispose]();
  assert.equal(Deno.readLinkSync(`/proc/self/fd/${number}`), "/dev/zero");
});

Deno.test("Fd: an unfit number is closed without an error", () => {
  new Fd(99_999).close();
});

Deno.test("open() is close-on-exec and has the flags asked for", () => {
  using plain = open("/dev/null", ["read and write"], "it");
  assert.equal(
    flagsOf(plain.raw) & (O_CLOEXEC | O_NONBLOCK | 3),
    O_CLOEXEC | O_RDWR,
  );
  using nonblocking = open("/dev/null", ["write", "nonblocking"], "it");
  assert.equal(
    flagsOf(nonblocking.raw) & (O_CLOEXEC | O_NONBLOCK | 3),
    O_CLOEXEC | O_NONBLOCK | O_WRONLY,
  );
});

Deno.test("open() creates a file with the mode, minus the umask", () => {
  using dir = new TempDir();
  const umask = Deno.umask(0o027);
  try {
    open(dir.at("new"), ["write", "create"], "it", 0o666).close();
  } finally {
    Deno.umask(umask);
  }
  assert.equal(Deno.statSync(dir.at("new")).mode! & 0o7777, 0o640);
});

Deno.test("open() says what it could not open and why, and leaks nothing", () => {
  using dir = new TempDir();
  Deno.symlinkSync("/dev/null", dir.at("link"));
  const cases: [code: string, path: string, mode: OpenMode][] = [
    ["ENOENT (no such file or directory)", dir.at("missing"), ["read"]],
    ["EISDIR (is a directory)", dir.path, ["write"]],
    [
      "ENXIO (no such device or address)",
      dir.fifo("fifo"),
      ["write", "nonblocking"],
    ],
    ["ENOTDIR (not a directory)", `${dir.file("file")}/below`, ["read"]],
    [
      "ELOOP (too many levels of symbolic links)",
      dir.at("link"),
      ["read", "no link"],
    ],
    ["ENAMETOOLONG (file name too long)", "x".repeat(5000), ["read"]],
  ];
  const before = fdsNow();
  for (const [code, path, mode] of cases) {
    const error = errorOf(() => open(path, mode, 'FIFO "x" for writing'));
    assert.ok(error instanceof SystemError, code);
    assert.equal(error.syscall, "open");
    assert.equal(error.message, `Cannot open FIFO "x" for writing: ${code}`);
  }
  assert.deepEqual(fdsNow(), before);
});

Deno.test("openFlags(): each word is one flag, close-on-exec is always there", () => {
  const always = O_CLOEXEC | O_NOCTTY;
  assert.equal(openFlags(["read"]), always);
  assert.equal(openFlags(["write", "nonblocking"]), always | 1 | O_NONBLOCK);
  assert.equal(openFlags(["read and write"]), always | O_RDWR);
});

Deno.test("open() takes a path that is not UTF-8", () => {
  using dir = new TempDir();
  const path = dir.at(bytesToText(new Uint8Array([0x6d, 0xfc])));
  open(path, ["write", "create"], "it", 0o600).close();
  using _again = open(path, ["read"], "it");
});

Deno.test("open() refuses a path with a NUL", () => {
  assert.ok(errorOf(() => open("a\0b", ["read"], "it")) instanceof TypeError);
});

Deno.test("pipe() gives a read end and a write end, close-on-exec, blocking", () => {
  const before = fdsNow();
  {
    const { readEnd, writeEnd } = pipe("stdout");
    using _ = readEnd;
    using __ = writeEnd;
    assert.equal(flagsOf(readEnd.raw) & 0o2004003, O_CLOEXEC | O_RDONLY);
    assert.equal(flagsOf(writeEnd.raw) & 0o2004003, O_CLOEXEC | O_WRONLY);
    write(writeEnd, bytes("hello"));
    assert.equal(bytesWaiting(readEnd), 5);
  }
  assert.deepEqual(fdsNow(), before);
});

Deno.test("setNonblocking() changes the open file and nothing else of it", () => {
  const { readEnd, writeEnd } = pipe("test");
  using _ = readEnd;
  using __ = writeEnd;
  const before = flagsOf(readEnd.raw);
  setNonblocking(readEnd);
  assert.equal(flagsOf(readEnd.raw), before | O_NONBLOCK);
  assert.equal(flagsOf(writeEnd.raw) & O_NONBLOCK, 0);
  setNonblocking(readEnd);
  assert.equal(flagsOf(readEnd.raw), before | O_NONBLOCK);
});

Deno.test("setNonblocking() throws for a closed descriptor", () => {
  const { readEnd, writeEnd } = pipe("test");
  readEnd.close();
  writeEnd.close();
  const error = errorOf(() => setNonblocking(readEnd)) as SystemError;
  assert.ok(error.is("EBADF"));
});

Deno.test("isPipe() is true for pipes and FIFOs only", () => {
  using dir = new TempDir();
  const { readEnd, writeEnd } = pipe("test");
  using _ = readEnd;
  using __ = writeEnd;
  using fifo = open(dir.fifo("fifo"), ["read and write"], "it");
  using file = open(dir.file("file"), ["read and write"], "it");
  using device = open("/dev/null", ["read and write"], "it");
  using pty = openPty().master;
  assert.deepEqual(
    [readEnd, writeEnd, fifo, file, device, pty].map(isPipe),
    [true, true, true, false, false, false],
  );
});

Deno.test("bytesWaiting() counts what is in a pipe and in a terminal", () => {
  const { readEnd, writeEnd } = pipe("test");
  using _ = readEnd;
  using __ = writeEnd;
  assert.equal(bytesWaiting(readEnd), 0);
  write(writeEnd, new Uint8Array(60_000));
  assert.equal(bytesWaiting(readEnd), 60_000);

  const { master, slave } = openPty();
  using _master = master;
  using _slave = slave;
  write(slave, bytes("prompt"));
  // A terminal passes bytes on in the background: poll(2) tells when.
  const polls = new PollSet();
  polls.set(0, master.raw, "input");
  assert.equal(polls.wait(1, 10_000), 1);
  assert.equal(bytesWaiting(master), 6);
});

Deno.test("bytesWaiting() is 0 where nobody can tell", () => {
  using device = open("/dev/null", ["read and write"], "it");
  assert.equal(bytesWaiting(device), 0);
  device.close();
  assert.equal(bytesWaiting(device), 0);
});

const asRoot = { ignore: Deno.uid() !== 0 };

Deno.test("changeOwner() gives a pipe to a user and a group", asRoot, () => {
  const { readEnd, writeEnd } = pipe("test");
  using _ = readEnd;
  using __ = writeEnd;
  changeOwner(readEnd, 1234, 5678, "the pipe");
  const owner = () => {
    const { uid, gid } = Deno.statSync(`/proc/self/fd/${readEnd.raw}`);
    return [uid, gid];
  };
  assert.deepEqual(owner(), [1234, 5678]);
  changeOwner(readEnd, 0xffffffff, 9, "the pipe");
  assert.deepEqual(owner(), [1234, 9]);
  changeOwner(readEnd, 7, 0xffffffff, "the pipe");
  assert.deepEqual(owner(), [7, 9]);
});

Deno.test("changeOwner() names what it could not give away", () => {
  const { readEnd, writeEnd } = pipe("test");
  readEnd.close();
  writeEnd.close();
  const error = errorOf(() => changeOwner(readEnd, 0, 0, "the stdin pipe"));
  assert.equal(
    error.message,
    "Cannot give the stdin pipe to its owner: EBADF (bad file descriptor)",
  );
});
