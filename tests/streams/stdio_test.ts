import assert from "node:assert/strict";
import { O_NONBLOCK, TIOCGWINSZ } from "../../ffi/constants.ts";
import { bytesWaiting, Fd, open } from "../../ffi/fd.ts";
import { libc } from "../../ffi/libc.ts";
import { PollSet } from "../../ffi/poll.ts";
import { openPty, openSlave } from "../../ffi/pty.ts";
import { read, write } from "../../ffi/transfer.ts";
import { Reaper } from "../../src/processes/reaper.ts";
import { Pipes } from "../../src/streams/pipes.ts";
import type { StdioSource } from "../../src/streams/relaying.ts";
import { Terminal } from "../../src/streams/terminal.ts";
import { assertSettles, newLoop, serveUntil, soon } from "../support/loop.ts";
import { errorOf, fdsNow, TempDir } from "../support/own_files.ts";
import { drain, fill } from "../support/streams.ts";

const bytes = (words: string) => new TextEncoder().encode(words);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Whether the last writer of a pipe has gone. */
function hasEnded(pipe: Fd): boolean {
  const polls = new PollSet();
  polls.set(0, pipe.raw, "input");
  polls.wait(1, 0);
  return polls.ready(0)?.broken ?? false;
}

/** The daemon's side: three FIFOs, of which it reads two. */
class Daemon implements Disposable {
  readonly owned = new DisposableStack();
  readonly dir = this.owned.use(new TempDir());
  readonly loop = newLoop();
  readonly warnings: string[] = [];
  readonly source: StdioSource;
  readonly stdout: Fd;
  readonly stderr: Fd;
  readonly relaying = {
    loop: this.loop,
    waiting: {
      loop: this.loop,
      reaper: new Reaper(new Fd(-1), this.loop),
      allowance: soon(),
    },
    spool: undefined,
    warn: (message: string) => void this.warnings.push(message),
  };

  constructor(owner = { rootUid: 0xffffffff, rootGid: 0xffffffff }) {
    this.source = {
      stdin: this.dir.fifo("stdin"),
      stdout: this.dir.fifo("stdout"),
      stderr: this.dir.fifo("stderr"),
      ...owner,
      reader: "needed",
    };
    this.stdout = this.reader("stdout");
    this.stderr = this.reader("stderr");
  }

  reader(name: "stdout" | "stderr"): Fd {
    const path = this.source[name];
    return this.owned.use(open(path, ["read", "nonblocking"], "it"));
  }

  writeStdin(words: string): void {
    using end = open(this.source.stdin, ["write", "nonblocking"], "it");
    write(end, bytes(words));
  }

  /** Serves until this much has come, and returns it. */
  receive(fd: Fd, length: number): string {
    let words = "";
    const enough = () => (words += text(drain(fd))).length >= length;
    assert.ok(this.loop.runUntil(enough, soon()), `only "${words}" came`);
    return words;
  }

  serveUntil(condition: () => boolean): void {
    serveUntil(this.loop, condition);
  }

  [Symbol.dispose](): void {
    this.owned.dispose();
  }
}

Deno.test("Pipes: what the container writes reaches its own FIFO", () => {
  const before = fdsNow();
  {
    using daemon = new Daemon();
    using stdio = new Pipes(daemon.source, daemon.relaying);
    const [, stdout, stderr] = stdio.runtimeEnds;
    write(stdout, bytes("to stdout"));
    write(stderr, bytes("to stderr"));
    assert.equal(daemon.receive(daemon.stdout, 9), "to stdout");
    assert.equal(daemon.receive(daemon.stderr, 9), "to stderr");
    assert.deepEqual(daemon.warnings, []);
  }
  assert.deepEqual(fdsNow(), before);
});

Deno.test("Pipes: the container's ends block, as a program expects", () => {
  using daemon = new Daemon();
  using stdio = new Pipes(daemon.source, daemon.relaying);
  for (const { raw } of stdio.runtimeEnds) {
    const info = Deno.readTextFileSync(`/proc/self/fdinfo/${raw}`);
    const flags = parseInt(/flags:\s*(\d+)/.exec(info)![1], 8);
    assert.equal(flags & O_NONBLOCK, 0);
  }
});

Deno.test("Pipes: stdin arrives, also from one writer after another, and ends with closeStdin()", () => {
  using daemon = new Daemon();
  using stdio = new Pipes(daemon.source, daemon.relaying);
  const [stdin] = stdio.runtimeEnds;
  const buffer = new Uint8Array(100);
  const next = () => {
    const result = read(stdin, buffer);
    const count = result.kind === "moved" ? result.bytes : 0;
    return text(buffer.subarray(0, count));
  };
  for (const words of ["first", "second"]) {
    daemon.writeStdin(words);
    daemon.serveUntil(() => bytesWaiting(stdin) > 0);
    assert.equal(next(), words);
  }
  daemon.writeStdin("the rest");
  stdio.closeStdin();
  stdio.closeStdin();
  daemon.serveUntil(() => hasEnded(stdin));
  assert.equal(next(), "the rest");
  assert.equal(next(), "");
});

Deno.test("Pipes.closeStdin(): a writer that is still there may finish", () => {
  using daemon = new Daemon();
  using stdio = new Pipes(daemon.source, daemon.relaying);
  using writer = open(daemon.source.stdin, ["write", "nonblocking"], "it");
  stdio.closeStdin();
  daemon.loop.turn(0);
  write(writer, bytes("late"));
  writer.close();
  const [stdin] = stdio.runtimeEnds;
  daemon.serveUntil(() => hasEnded(stdin));
  const buffer = new Uint8Array(10);
  assert.deepEqual(read(stdin, buffer), { kind: "moved", bytes: 4 });
  assert.equal(read(stdin, buffer).kind, "ended");
});

Deno.test("Pipes: drained when all that have the outputs open have closed them", () => {
  using daemon = new Daemon();
  using stdio = new Pipes(daemon.source, daemon.relaying);
  const stdout = stdio.runtimeEnds[1];
  // As the runtime has it, after the shim let go.
  using copy = open(`/proc/self/fd/${stdout.raw}`, ["write"], "it");
  stdio.started();
  assert.equal(stdout.closed, true);
  daemon.loop.turn(0);
  assert.equal(stdio.drained, false);
  write(copy, bytes("last words"));
  assert.equal(stdio.waiting, true);
  copy.close();
  daemon.serveUntil(() => stdio.drained);
  assert.equal(stdio.waiting, false);
  assert.equal(text(drain(daemon.stdout)), "last words");
});

Deno.test("Pipes: not drained as long as the daemon does not read", () => {
  using daemon = new Daemon();
  using stdio = new Pipes(daemon.source, daemon.relaying);
  using daemonEnd = open(daemon.source.stdout, ["write", "nonblocking"], "it");
  const filled = fill(daemonEnd);
  write(stdio.runtimeEnds[1], bytes("waits"));
  stdio.started();
  assertSettles(daemon.loop);
  assert.deepEqual([stdio.drained, stdio.waiting], [false, true]);
  const all = daemon.receive(daemon.stdout, filled + 5);
  assert.equal(all.slice(filled), "waits");
  daemon.serveUntil(() => stdio.drained);
});

Deno.test("Pipes: a daemon that detaches and attaches again misses nothing", () => {
  using daemon = new Daemon();
  using stdio = new Pipes(daemon.source, daemon.relaying);
  daemon.stdout.close();
  write(stdio.runtimeEnds[1], bytes("while away"));
  daemon.loop.turn(0);
  assert.equal(daemon.receive(daemon.reader("stdout"), 10), "while away");
  assert.deepEqual(daemon.warnings, []);
});

Deno.test("Pipes: the pipes belong to the container's user", {
  ignore: Deno.uid() !== 0,
}, () => {
  using daemon = new Daemon({ rootUid: 1234, rootGid: 5678 });
  using stdio = new Pipes(daemon.source, daemon.relaying);
  for (const { raw } of stdio.runtimeEnds) {
    const { uid, gid } = Deno.statSync(`/proc/self/fd/${raw}`);
    assert.deepEqual([uid, gid], [1234, 5678]);
  }
});

Deno.test("Pipes: files and /dev/null stand in for FIFOs", () => {
  const before = fdsNow();
  {
    using daemon = new Daemon();
    const source = {
      ...daemon.source,
      stdin: daemon.dir.file("input", "from a file"),
      stdout: daemon.dir.file("output"),
      stderr: "/dev/null",
    };
    using stdio = new Pipes(source, daemon.relaying);
    const [stdin, stdout, stderr] = stdio.runtimeEnds;
    daemon.serveUntil(() => hasEnded(stdin));
    const buffer = new Uint8Array(100);
    assert.deepEqual(read(stdin, buffer), { kind: "moved", bytes: 11 });
    assert.equal(read(stdin, buffer).kind, "ended");
    write(stdout, bytes("to a file"));
    write(stderr, bytes("nowhere"));
    stdio.started();
    daemon.serveUntil(() => stdio.drained);
    assert.equal(Deno.readTextFileSync(source.stdout), "to a file");
    assert.deepEqual(daemon.warnings, []);
    stdio.closeStdin();
  }
  assert.deepEqual(fdsNow(), before);
});

Deno.test("Pipes.outputs are the output pipes, as links name them; resize() is nothing", () => {
  using daemon = new Daemon();
  using stdio = new Pipes(daemon.source, daemon.relaying);
  const links = stdio.runtimeEnds.map(({ raw }) =>
    Deno.readLinkSync(`/proc/self/fd/${raw}`)
  );
  assert.deepEqual(stdio.outputs, {
    pipes: links.slice(1),
    terminal: undefined,
  });
  stdio.resize({ columns: 80, rows: 24 });
});

Deno.test("Pipes: what is told of first may be held back, and delivered or dropped", () => {
  for (const decision of ["deliver", "drop"] as const) {
    using daemon = new Daemon();
    const first = (bytes: Uint8Array) => {
      if (text(bytes) === "no such command") return "hold";
    };
    using stdio = new Pipes(daemon.source, daemon.relaying, first);
    write(stdio.runtimeEnds[1], bytes("no such command"));
    serveUntil(daemon.loop, () => stdio.heldBack.length > 0);
    assertSettles(daemon.loop);
    assert.equal(text(stdio.heldBack), "no such command");
    assert.equal(text(drain(daemon.stdout)), "");
    stdio.letGo(decision);
    write(stdio.runtimeEnds[1], bytes("!"));
    const expected = decision === "drop" ? "!" : "no such command!";
    assert.equal(daemon.receive(daemon.stdout, expected.length), expected);
  }
});

Deno.test("Pipes of what is missing throws and leaks nothing", () => {
  using daemon = new Daemon();
  const before = fdsNow();
  for (const name of ["stdin", "stdout", "stderr"] as const) {
    const source = { ...daemon.source, [name]: daemon.dir.at("missing") };
    const error = errorOf(() => new Pipes(source, daemon.relaying));
    assert.match(error.message, new RegExp(`^Cannot open ${name} .*ENOENT`));
  }
  assert.deepEqual(fdsNow(), before);
});

/** What TIOCGWINSZ tells, as columns and rows. */
function sizeOf(terminal: Fd): [columns: number, rows: number] {
  const size = new Uint16Array(4);
  assert.equal(libc.ioctl(terminal.raw, TIOCGWINSZ, size), 0);
  return [size[1], size[0]];
}

Deno.test("Terminal: bytes pass in both directions, and stderr is not touched", () => {
  const before = fdsNow();
  {
    using daemon = new Daemon();
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

Deno.test("Terminal: what was typed before the terminal is there arrives", () => {
  using daemon = new Daemon();
  using stdio = new Terminal(daemon.source, daemon.relaying);
  daemon.writeStdin("early\r");
  daemon.loop.turn(0);
  const { master, slave } = openPty();
  stdio.attach(master, slave);
  assert.equal(daemon.receive(daemon.stdout, 7), "early\r\n");
});

Deno.test("Terminal.resize() sets the size at once, or when the terminal is there", () => {
  using daemon = new Daemon();
  using stdio = new Terminal(daemon.source, daemon.relaying);
  stdio.resize({ columns: 80, rows: 24 });
  stdio.resize({ columns: 100, rows: 30 });
  const { master, slave } = openPty();
  assert.deepEqual(sizeOf(master), [0, 0]);
  stdio.attach(master, slave);
  assert.deepEqual(sizeOf(master), [100, 30]);
  stdio.resize({ columns: 132, rows: 43 });
  assert.deepEqual(sizeOf(master), [132, 43]);
  master.close();
  stdio.resize({ columns: 1, rows: 1 });
});

Deno.test("Terminal: a container that closes its terminal may open it again; initEnded() makes that the end", () => {
  using daemon = new Daemon();
  using stdio = new Terminal(daemon.source, daemon.relaying);
  assert.deepEqual([stdio.drained, stdio.waiting], [true, false]);
  const { master, slave: first } = openPty();
  first.close();
  // As it comes over the console socket: the shim opens the slave itself.
  stdio.attach(master);
  for (const words of ["before", "after"]) {
    using slave = openSlave(master)!;
    write(slave, bytes(words));
    slave.close();
    assert.equal(daemon.receive(daemon.stdout, words.length), words);
    assert.equal(stdio.drained, false);
  }
  using slave = openSlave(master)!;
  stdio.initEnded();
  write(slave, bytes("bye"));
  assert.equal(daemon.receive(daemon.stdout, 3), "bye");
  assert.equal(stdio.drained, false);
  slave.close();
  daemon.serveUntil(() => stdio.drained);
  assert.deepEqual(daemon.warnings, []);
});

Deno.test("Terminal.closeStdin() is neither an end of file nor a hang-up", () => {
  using daemon = new Daemon();
  using stdio = new Terminal(daemon.source, daemon.relaying);
  const { master, slave } = openPty();
  stdio.attach(master, slave);
  stdio.closeStdin();
  assertSettles(daemon.loop);
  write(slave, bytes("still here"));
  assert.equal(daemon.receive(daemon.stdout, 10), "still here");
});

Deno.test("Terminal.outputs is the number of the container's terminal", () => {
  using daemon = new Daemon();
  using stdio = new Terminal(daemon.source, daemon.relaying);
  assert.deepEqual(stdio.outputs, { pipes: [], terminal: undefined });
  const { master, slave, slavePath } = openPty();
  stdio.attach(master, slave);
  assert.equal(`/dev/pts/${stdio.outputs.terminal}`, slavePath);
});

Deno.test("Terminal.detach(): another may follow, and nothing typed is lost to one that nobody has", () => {
  const before = fdsNow();
  {
    using daemon = new Daemon();
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
    serveUntil(daemon.loop, () => bytesWaiting(slave) === 6);
  }
  assert.deepEqual(fdsNow(), before);
});

Deno.test("Terminal: input that the terminal does not take does not spin when that hangs up", () => {
  using daemon = new Daemon();
  using stdio = new Terminal(daemon.source, daemon.relaying);
  const { master, slave } = openPty();
  stdio.attach(master, slave);
  daemon.writeStdin("x".repeat(60_000));
  assertSettles(daemon.loop);
  // Nobody reads the echo, and the last slave closes.
  stdio.initEnded();
  assertSettles(daemon.loop);
});

Deno.test("a Terminal of what is missing throws and leaks nothing", () => {
  using daemon = new Daemon();
  const before = fdsNow();
  for (const name of ["stdin", "stdout"] as const) {
    const source = { ...daemon.source, [name]: daemon.dir.at("missing") };
    const error = errorOf(() => new Terminal(source, daemon.relaying));
    assert.match(error.message, new RegExp(`^Cannot open ${name} .*ENOENT`));
  }
  assert.deepEqual(fdsNow(), before);
});
