import assert from "node:assert/strict";
import { bytesWaiting } from "../../ffi/fd.ts";
import { openPty } from "../../ffi/pty.ts";
import { read, write } from "../../ffi/transfer.ts";
import { Terminal } from "../../src/streams/terminal.ts";
import { assertSettles } from "../support/loop.ts";
import { errorOf, fdsNow } from "../support/own_files.ts";
import { StdioBench } from "../support/stdio_bench.ts";
import { bytes, fill, text } from "../support/streams.ts";

Deno.test("Terminal: bytes pass in both directions, and stderr is not touched", () => {
  const before = fdsNow();
  {
    using daemon = new StdioBench();
    const source = { ...daemon.source, stderr: daemon.dir.at("missing") };
    using stdio = new Terminal(source, daemon.relaying);
    const { master, slave } = openPty();
    stdio.attach(master, slave);
    write(slave, bytes("prompt> "));
    assert.equal(daemon.receive(daemon.stdout, 8), "prompt> ");
    // The terminal echoes what is typed.
    daemon.writeStdin("ls\r");
    assert.equal(daemon.receive(daemon.stdout, 4), "ls\r\n");
    const buffer = new Uint8Array(10);
    daemon.serveUntil(() => bytesWaiting(slave) === 3);
    assert.deepEqual(read(slave, buffer), { kind: "moved", bytes: 3 });
    assert.equal(text(buffer.subarray(0, 3)), "ls\n");
  }
  assert.deepEqual(fdsNow(), before);
});

Deno.test("Terminal.closeStdin() is neither an end of file nor a hang-up", () => {
  using daemon = new StdioBench();
  using stdio = new Terminal(daemon.source, daemon.relaying);
  const { master, slave } = openPty();
  stdio.attach(master, slave);
  stdio.closeStdin();
  assertSettles(daemon.loop);
  write(slave, bytes("still here"));
  assert.equal(daemon.receive(daemon.stdout, 10), "still here");
});

Deno.test("Terminal.outputs is the number of the container's terminal", () => {
  using daemon = new StdioBench();
  using stdio = new Terminal(daemon.source, daemon.relaying);
  assert.deepEqual(stdio.outputs, { pipes: [], terminal: undefined });
  const { master, slave, slavePath } = openPty();
  stdio.attach(master, slave);
  assert.equal(`/dev/pts/${stdio.outputs.terminal}`, slavePath);
});

Deno.test("Terminal.detach(): another may follow, and nothing typed is lost to one that nobody has", () => {
  const before = fdsNow();
  {
    using daemon = new StdioBench();
    using stdio = new Terminal(daemon.source, daemon.relaying);
    daemon.writeStdin("typed\r");
    const refused = openPty();
    stdio.attach(refused.master, refused.slave, "to a container");
    assertSettles(daemon.loop);
    assert.deepEqual([stdio.written, stdio.drained], [false, false]);
    stdio.detach();
    assert.equal(stdio.drained, true);

    const { master, slave } = openPty();
    stdio.attach(master, slave, "to a container");
    write(slave, bytes("prompt> "));
    assert.equal(daemon.receive(daemon.stdout, 8), "prompt> ");
    assert.equal(stdio.written, true);
    daemon.serveUntil(() => bytesWaiting(slave) === 6);
  }
  assert.deepEqual(fdsNow(), before);
});

Deno.test("Terminal.started(): what was typed goes to a container that has not said a word", () => {
  using daemon = new StdioBench();
  using stdio = new Terminal(daemon.source, daemon.relaying);
  daemon.writeStdin("typed\r");
  const { master, slave } = openPty();
  stdio.attach(master, slave, "to a container");
  assertSettles(daemon.loop);
  assert.equal(bytesWaiting(slave), 0);
  stdio.started();
  daemon.serveUntil(() => bytesWaiting(slave) === 6);
  // The container's word after that does not start a second relay.
  daemon.writeStdin("once\r");
  write(slave, bytes("word"));
  daemon.serveUntil(() => bytesWaiting(slave) === 11);
  const all = "typed\r\nonce\r\nword".length;
  assert.equal(daemon.receive(daemon.stdout, all).length, all);
  assertSettles(daemon.loop);
});

Deno.test("Terminal.detach(): what it had not delivered is gone with it, and typed input is left to the next", () => {
  using daemon = new StdioBench();
  using stdio = new Terminal(daemon.source, daemon.relaying);
  using daemonEnd = daemon.writer("stdout");
  const filled = fill(daemonEnd);
  const refused = openPty();
  stdio.attach(refused.master, refused.slave, "to a container");
  write(refused.slave, bytes("usage: runtime"));
  daemon.serveUntil(() => stdio.written);
  assert.equal(stdio.undelivered, true);
  stdio.detach();
  assert.deepEqual([stdio.written, stdio.undelivered], [false, false]);
  const { master, slave } = openPty();
  stdio.attach(master, slave, "to a container");
  write(slave, bytes("ready"));
  const all = daemon.receive(daemon.stdout, filled + 5);
  assert.equal(all.slice(filled), "ready");
});

Deno.test("a Terminal of what is missing throws and leaks nothing", () => {
  using daemon = new StdioBench();
  const before = fdsNow();
  for (const name of ["stdin", "stdout"] as const) {
    const source = { ...daemon.source, [name]: daemon.dir.at("missing") };
    const error = errorOf(() => new Terminal(source, daemon.relaying));
    assert.match(error.message, new RegExp(`^Cannot open ${name} .*ENOENT`));
  }
  assert.deepEqual(fdsNow(), before);
});
