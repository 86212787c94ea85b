import assert from "node:assert/strict";
import { Fd, open } from "../../ffi/fd.ts";
import { openPty } from "../../ffi/pty.ts";
import { write } from "../../ffi/transfer.ts";
import { ConsoleSocket } from "../../src/streams/console_socket.ts";
import { newLoop, serveUntil } from "../support/loop.ts";
import {
  fdsNow,
  TempDir,
  Variable,
  WorkingDirectory,
} from "../support/own_files.ts";
import { connect, connectAs, send } from "../support/sockets.ts";

const NAME = new TextEncoder().encode("/dev/ptmx");

function unexpected(): void {
  assert.fail("nothing was handed over");
}

/** The master of a pty whose slave nobody has. */
function newMaster(): Fd {
  const { master, slave } = openPty();
  slave.close();
  return master;
}

/** A console socket below a TMPDIR of its own, and what was received. */
function testSocket() {
  const owned = new DisposableStack();
  const dir = owned.use(new TempDir());
  owned.use(new Variable("TMPDIR", dir.path));
  const loop = newLoop();
  const masters: Fd[] = [];
  const socket = owned.use(
    new ConsoleSocket(loop, (master) => {
      masters.push(owned.use(master));
    }),
  );
  return {
    dir,
    loop,
    masters,
    socket,
    connect: () => owned.use(new Fd(connect(socket.path))),
    /** Serves until there is an outcome. */
    outcome() {
      serveUntil(loop, () => socket.outcome !== undefined);
      return socket.outcome!;
    },
    [Symbol.dispose]: () => owned.dispose(),
  };
}

const failure = (found: string) => ({
  kind: "failed",
  message: "Cannot take the console from the runtime: " +
    `expected one message with one terminal, found ${found}`,
});

Deno.test("ConsoleSocket: listens in a new directory that only its user may enter", () => {
  using t = testSocket();
  assert.match(t.socket.path, /^\/.*\/pty\d+\/pty\.sock$/);
  const directory = t.socket.path.slice(0, -"/pty.sock".length);
  assert.equal(Deno.statSync(directory).mode! & 0o7777, 0o700);
  assert.ok(Deno.statSync(t.socket.path).isSocket);
  assert.equal(t.socket.outcome, undefined);
});

Deno.test("ConsoleSocket: every one has another path", () => {
  using a = testSocket();
  using b = testSocket();
  assert.notEqual(
    a.socket.path.split("/").at(-2),
    b.socket.path.split("/").at(-2),
  );
});

Deno.test("ConsoleSocket: without TMPDIR it is in /tmp", () => {
  for (const value of [undefined, ""]) {
    using _tmp = new Variable("TMPDIR", value);
    using socket = new ConsoleSocket(newLoop(), unexpected);
    assert.match(socket.path, /^\/tmp\/pty\d+\/pty\.sock$/);
  }
});

Deno.test("ConsoleSocket: hands the master over, and leaves nothing behind", () => {
  const before = fdsNow();
  {
    using t = testSocket();
    using runtime = t.connect();
    const { master, slave } = openPty();
    using _slave = slave;
    send(runtime.raw, NAME, [master.raw]);
    master.close();
    assert.deepEqual(t.outcome(), { kind: "received" });
    assert.equal(t.masters.length, 1);
    assert.deepEqual([...Deno.readDirSync(t.dir.path)], []);
    // It is the same terminal.
    write(slave, new TextEncoder().encode("hello"));
    const link = Deno.readLinkSync(`/proc/self/fd/${t.masters[0].raw}`);
    assert.match(link, /ptmx$/);
  }
  assert.deepEqual(fdsNow(), before);
});

Deno.test("ConsoleSocket: a runtime that connects first and sends later is waited for", () => {
  using t = testSocket();
  using runtime = t.connect();
  t.loop.turn(0);
  t.loop.turn(0);
  assert.equal(t.socket.outcome, undefined);
  using master = newMaster();
  send(runtime.raw, NAME, [master.raw]);
  assert.deepEqual(t.outcome(), { kind: "received" });
});

Deno.test("ConsoleSocket: what is no terminal is refused, and all of it closed", () => {
  using file = open("/dev/null", ["read"], "it");
  using master = newMaster();
  const cases: [sent: number[], found: string][] = [
    [[], "9 bytes without a file descriptor"],
    [[file.raw], "a file descriptor that is not a terminal"],
    [[master.raw, file.raw], "2 file descriptors"],
    [Array(253).fill(master.raw), "253 file descriptors"],
  ];
  const before = fdsNow();
  for (const [sent, found] of cases) {
    using t = testSocket();
    using runtime = t.connect();
    send(runtime.raw, NAME, sent);
    assert.deepEqual(t.outcome(), failure(found));
    assert.deepEqual(t.masters, []);
    assert.deepEqual([...Deno.readDirSync(t.dir.path)], []);
  }
  assert.deepEqual(fdsNow(), before);
});

Deno.test("ConsoleSocket: a connection that closes without a word has failed", () => {
  using t = testSocket();
  t.connect().close();
  assert.deepEqual(t.outcome(), failure("a closed connection"));
});

Deno.test("ConsoleSocket: only the first connection counts", () => {
  using t = testSocket();
  using first = t.connect();
  t.loop.turn(0);
  using second = t.connect();
  using master = newMaster();
  send(second.raw, NAME, [master.raw]);
  t.loop.turn(0);
  assert.equal(t.socket.outcome, undefined);
  send(first.raw, NAME, [master.raw]);
  assert.deepEqual(t.outcome(), { kind: "received" });
});

Deno.test("ConsoleSocket: disposed early it leaves no file and no descriptor", () => {
  const before = fdsNow();
  {
    using t = testSocket();
    using _runtime = t.connect();
    t.loop.turn(0);
    t.socket[Symbol.dispose]();
    t.socket[Symbol.dispose]();
    assert.deepEqual([...Deno.readDirSync(t.dir.path)], []);
    t.loop.turn(0);
    assert.equal(t.socket.outcome, undefined);
  }
  assert.deepEqual(fdsNow(), before);
});

Deno.test("ConsoleSocket: survives that its socket file is removed", () => {
  using t = testSocket();
  using runtime = t.connect();
  using master = newMaster();
  send(runtime.raw, NAME, [master.raw]);
  Deno.removeSync(t.socket.path);
  assert.deepEqual(t.outcome(), { kind: "received" });
});

Deno.test("ConsoleSocket: where a TMPDIR is of no use it is in /run", () => {
  using dir = new TempDir();
  const tooLong = dir.at("x".repeat(100));
  Deno.mkdirSync(tooLong);
  const before = fdsNow();
  for (const place of ["/no/such/directory", "/dev/null", "/proc", tooLong]) {
    using _tmp = new Variable("TMPDIR", place);
    using socket = new ConsoleSocket(newLoop(), unexpected);
    assert.match(socket.path, /^\/run\/pty\d+\/pty\.sock$/);
    assert.ok(Deno.statSync(socket.path).isSocket);
    const directory = socket.path.slice(0, -"/pty.sock".length);
    socket[Symbol.dispose]();
    assert.throws(() => Deno.statSync(directory), Deno.errors.NotFound);
  }
  assert.deepEqual([...Deno.readDirSync(tooLong)], []);
  assert.deepEqual(fdsNow(), before);
});

Deno.test("ConsoleSocket: the path is absolute even when TMPDIR is not", () => {
  using dir = new TempDir();
  using _here = new WorkingDirectory(dir.path);
  using _tmp = new Variable("TMPDIR", ".");
  using socket = new ConsoleSocket(newLoop(), unexpected);
  assert.ok(socket.path.startsWith(`${dir.path}/`), socket.path);
});

const asRoot = { ignore: Deno.uid() !== 0 };

Deno.test(
  "ConsoleSocket: another user is turned away, and the next one served",
  asRoot,
  async () => {
    using t = testSocket();
    await connectAs(1234, t.socket.path);
    const before = fdsNow();
    t.loop.turn(0);
    assert.deepEqual(fdsNow(), before);
    assert.equal(t.socket.outcome, undefined);
    using runtime = t.connect();
    using master = newMaster();
    send(runtime.raw, NAME, [master.raw]);
    assert.deepEqual(t.outcome(), { kind: "received" });
  },
);
