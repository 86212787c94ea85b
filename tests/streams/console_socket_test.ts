import assert from "node:assert/strict";
import { Fd, open } from "../../ffi/fd.ts";
import { openPty } from "../../ffi/pty.ts";
import { ConsoleSocket } from "../../src/streams/console_socket.ts";
import { newLoop, serveUntil } from "../support/loop.ts";
import {
  fdsNow,
  TempDir,
  Variable,
  WorkingDirectory,
} from "../support/own_files.ts";
import { connect, send } from "../support/sockets.ts";

// Who may connect, what is taken and that nothing stays open is a property, in
// tests/robustness/console_properties.ts.

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

/** A console socket below a TMPDIR of its own. */
function testSocket() {
  const owned = new DisposableStack();
  const dir = owned.use(new TempDir());
  owned.use(new Variable("TMPDIR", dir.path));
  const loop = newLoop();
  const take = (master: Fd) => void owned.use(master);
  const socket = owned.use(new ConsoleSocket(loop, take));
  return {
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

Deno.test("ConsoleSocket: without TMPDIR it is in /tmp", () => {
  for (const value of [undefined, ""]) {
    using _tmp = new Variable("TMPDIR", value);
    using socket = new ConsoleSocket(newLoop(), unexpected);
    assert.match(socket.path, /^\/tmp\/pty\d+\/pty\.sock$/);
  }
});

Deno.test("ConsoleSocket: what is no terminal is refused, and all of it closed", () => {
  using file = open("/dev/null", ["read"], "it");
  using master = newMaster();
  const cases: [sent: number[] | "nothing", found: string][] = [
    ["nothing", "a closed connection"],
    [[], "9 bytes without a file descriptor"],
    [[file.raw], "a file descriptor that is not a terminal"],
    [[master.raw, file.raw], "2 file descriptors"],
    [Array(253).fill(master.raw), "253 file descriptors"],
  ];
  const before = fdsNow();
  for (const [sent, found] of cases) {
    using t = testSocket();
    using runtime = t.connect();
    if (sent === "nothing") runtime.close();
    else send(runtime.raw, NAME, sent);
    assert.deepEqual(t.outcome(), {
      kind: "failed",
      message: "Cannot take the console from the runtime: " +
        `expected one message with one terminal, found ${found}`,
    });
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
