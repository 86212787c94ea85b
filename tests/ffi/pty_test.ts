import assert from "node:assert/strict";
import { O_CLOEXEC, TIOCGWINSZ } from "../../ffi/constants.ts";
import type { SystemError } from "../../ffi/errno.ts";
import { type Fd, open, pipe, setNonblocking } from "../../ffi/fd.ts";
import { winsize } from "../../ffi/layout.ts";
import { libc } from "../../ffi/libc.ts";
import {
  isTerminal,
  openPty,
  openSlave,
  ownSlave,
  setWindowSize,
  slaveNumber,
} from "../../ffi/pty.ts";
import { read, write } from "../../ffi/transfer.ts";
import { errorOf, fdsNow, flagsOf } from "../support/own_files.ts";

/** What TIOCGWINSZ tells. */
function sizeOf(terminal: Fd): { rows: number; columns: number } {
  const buffer = new Uint8Array(winsize.size);
  assert.equal(libc.ioctl(terminal.raw, TIOCGWINSZ, buffer), 0);
  const view = new DataView(buffer.buffer);
  return {
    rows: view.getUint16(winsize.rows, true),
    columns: view.getUint16(winsize.columns, true),
  };
}

/** A pty that closes with its scope. */
function testPty() {
  const { master, slave, slavePath } = openPty();
  return {
    master,
    slave,
    slavePath,
    [Symbol.dispose]() {
      master.close();
      slave.close();
    },
  };
}

const openSlaveOf = (path: string) => open(path, ["read and write"], "it");

Deno.test("openPty() opens a master, close-on-exec, 0×0, and names its slave", () => {
  const before = fdsNow();
  {
    using pty = testPty();
    const { master, slavePath } = pty;
    assert.match(slavePath, /^\/dev\/pts\/\d+$/);
    assert.ok(Deno.statSync(slavePath).isCharDevice);
    assert.equal(flagsOf(master.raw) & O_CLOEXEC, O_CLOEXEC);
    assert.deepEqual(sizeOf(master), { rows: 0, columns: 0 });
    using slave = openSlaveOf(slavePath);
    write(slave, new TextEncoder().encode("ok"));
    const buffer = new Uint8Array(8);
    assert.deepEqual(read(master, buffer), { kind: "moved", bytes: 2 });
  }
  assert.deepEqual(fdsNow(), before);
});

Deno.test("ownSlave() gives the slave to a user, and only to that user", {
  ignore: Deno.uid() !== 0,
}, () => {
  const pty = openPty();
  const { master, slavePath } = pty;
  using _ = master;
  using _slave = pty.slave;
  ownSlave(pty, 1234, 5678);
  const { uid, gid, mode } = Deno.statSync(slavePath);
  assert.deepEqual([uid, gid, mode! & 0o7777], [1234, 5678, 0o600]);
});

Deno.test("ownSlave() of a slave that is closed throws", () => {
  const pty = openPty();
  pty.master.close();
  pty.slave.close();
  assert.match(errorOf(() => ownSlave(pty, 0, 0)).message, /EBADF/);
});

Deno.test("slaveNumber() is the N of /dev/pts/N, undefined for anything else", () => {
  using pty = testPty();
  const { master, slavePath } = pty;
  assert.equal(`/dev/pts/${slaveNumber(master)}`, slavePath);
  using nothing = open("/dev/null", ["read"], "it");
  assert.equal(slaveNumber(nothing), undefined);
});

Deno.test("openSlave() opens the slave of the master, close-on-exec", () => {
  const before = fdsNow();
  {
    using pty = testPty();
    const { master, slavePath } = pty;
    using slave = openSlave(master)!;
    assert.equal(Deno.readLinkSync(`/proc/self/fd/${slave.raw}`), slavePath);
    assert.equal(flagsOf(slave.raw) & O_CLOEXEC, O_CLOEXEC);
  }
  assert.deepEqual(fdsNow(), before);
});

Deno.test("openSlave() keeps the master from hanging up, until it closes", () => {
  using pty = testPty();
  const { master, slave, slavePath } = pty;
  slave.close();
  setNonblocking(master);
  const held = openSlave(master)!;
  openSlaveOf(slavePath).close();
  const buffer = new Uint8Array(1);
  assert.deepEqual(read(master, buffer), { kind: "would block" });
  held.close();
  assert.deepEqual(read(master, buffer), { kind: "hung up" });
});

Deno.test("openSlave() does not make it the controlling terminal", () => {
  const terminal = () =>
    Deno.readTextFileSync("/proc/self/stat").split(") ")[1].split(" ")[4];
  const before = terminal();
  using pty = testPty();
  const { master } = pty;
  using _slave = openSlave(master)!;
  assert.equal(terminal(), before);
});

Deno.test("openSlave() unlocks a slave that its maker has left locked", () => {
  using master = open("/dev/ptmx", ["read and write"], "it");
  using slave = openSlave(master)!;
  assert.equal(isTerminal(slave), true);
});

Deno.test("openSlave() of anything else is undefined", () => {
  const before = fdsNow();
  const { readEnd, writeEnd } = pipe("test");
  assert.equal(openSlave(readEnd), undefined);
  readEnd.close();
  writeEnd.close();
  assert.equal(openSlave(readEnd), undefined);
  assert.deepEqual(fdsNow(), before);
});

Deno.test("isTerminal() is true for both sides of an open pty only", () => {
  using pty = testPty();
  const { master, slavePath } = pty;
  using slave = openSlaveOf(slavePath);
  using device = open("/dev/null", ["read"], "it");
  using directory = open("/", ["read"], "it");
  const { readEnd, writeEnd } = pipe("test");
  using __ = readEnd;
  using ___ = writeEnd;
  const closed = openPty().master;
  closed.close();
  assert.deepEqual(
    [master, slave, device, directory, readEnd, closed].map(isTerminal),
    [true, true, false, false, false, false],
  );
});

Deno.test("setWindowSize() is what TIOCGWINSZ tells on the other side", () => {
  using pty = testPty();
  const { master } = pty;
  using slave = openSlave(master)!;
  const sizes = [
    { columns: 80, rows: 24 },
    { columns: 1, rows: 1 },
    { columns: 65535, rows: 65535 },
    { columns: 0, rows: 0 },
  ];
  for (const size of sizes) {
    setWindowSize(master, size);
    assert.deepEqual(sizeOf(slave), { rows: size.rows, columns: size.columns });
  }
});

Deno.test("setWindowSize() of anything else throws and names the size", () => {
  using device = open("/dev/null", ["read and write"], "it");
  const error = errorOf(() =>
    setWindowSize(device, { columns: 80, rows: 24 })
  ) as SystemError;
  assert.ok(error.is("ENOTTY"));
  assert.equal(
    error.message,
    "Cannot set the terminal size to 80×24: " +
      "ENOTTY (inappropriate ioctl for device)",
  );
});
