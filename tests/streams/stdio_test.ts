import assert from "node:assert/strict";
import {
  F_GETPIPE_SZ,
  O_NONBLOCK,
  O_RDONLY,
  O_WRONLY,
  POLLHUP,
  POLLIN,
  TIOCGWINSZ,
} from "../../ffi/constants.ts";
import { bytesWaiting, type Fd, open } from "../../ffi/fd.ts";
import { libc } from "../../ffi/libc.ts";
import { PollSet } from "../../ffi/poll.ts";
import { openPty, openSlave } from "../../ffi/pty.ts";
import { read, write } from "../../ffi/transfer.ts";
import { EventLoop } from "../../src/loop/event_loop.ts";
import { PipedStdio } from "../../src/streams/pipes.ts";
import type { StdioSource } from "../../src/streams/stdio.ts";
import { TerminalStdio } from "../../src/streams/terminal.ts";
import { fdsNow, rejectionOf, TempDir, until } from "../support/own_files.ts";
import { drain, fill } from "../support/streams.ts";

const soon = () => performance.now() + 10_000;
const bytes = (words: string) => new TextEncoder().encode(words);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Whether the last writer of a pipe has gone. */
function hasEnded(pipe: Fd): boolean {
  const polls = new PollSet();
  polls.set(0, pipe.raw, POLLIN);
  polls.wait(1, 0);
  return (polls.ready(0) & POLLHUP) !== 0;
}

/** The daemon's side: three FIFOs, of which it reads two. */
class Daemon implements Disposable {
  readonly owned = new DisposableStack();
  readonly dir = this.owned.use(new TempDir());
  readonly loop = new EventLoop();
  readonly warnings: string[] = [];
  readonly source: StdioSource;
  readonly stdout: Fd;
  readonly stderr: Fd;
  readonly relaying = {
    loop: this.loop,
    spool: undefined,
    warn: (message: string) => void this.warnings.push(message),
  };

  constructor(owner = { rootUid: 0xffffffff, rootGid: 0xffffffff }) {
    this.source = {
      stdin: this.dir.fifo("stdin"),
      stdout: this.dir.fifo("stdout"),
      stderr: this.dir.fifo("stderr"),
      ...owner,
    };
    this.stdout = this.reader("stdout");
    this.stderr = this.reader("stderr");
  }

  reader(name: "stdout" | "stderr"): Fd {
    const path = this.source[name];
    return this.owned.use(open(path, O_RDONLY | O_NONBLOCK, "it"));
  }

  writeStdin(words: string): void {
    using end = open(this.source.stdin, O_WRONLY | O_NONBLOCK, "it");
    assert.equal(write(end, bytes(words)), words.length);
  }

  /** Serves until this much has come, and returns it. */
  receive(fd: Fd, length: number): string {
    let words = "";
    const enough = () => (words += text(drain(fd))).length >= length;
    assert.ok(this.loop.runUntil(enough, soon()), `only "${words}" came`);
    return words;
  }

  serveUntil(condition: () => boolean): void {
    assert.ok(this.loop.runUntil(condition, soon()));
  }

  [Symbol.dispose](): void {
    this.owned.dispose();
  }
}

Deno.test("PipedStdio: what the container writes reaches its own FIFO", async () => {
  const before = fdsNow();
  {
    using daemon = new Daemon();
    using stdio = await PipedStdio.open(daemon.source, daemon.relaying, soon());
    const [, stdout, stderr] = stdio.runtimeEnds;
    write(stdout, bytes("to stdout"));
    write(stderr, bytes("to stderr"));
    assert.equal(daemon.receive(daemon.stdout, 9), "to stdout");
    assert.equal(daemon.receive(daemon.stderr, 9), "to stderr");
    assert.deepEqual(daemon.warnings, []);
  }
  assert.deepEqual(fdsNow(), before);
});

Deno.test("PipedStdio: the container's ends block, as a program expects", async () => {
  using daemon = new Daemon();
  using stdio = await PipedStdio.open(daemon.source, daemon.relaying, soon());
  for (const { raw } of stdio.runtimeEnds) {
    const info = Deno.readTextFileSync(`/proc/self/fdinfo/${raw}`);
    const flags = parseInt(/flags:\s*(\d+)/.exec(info)![1], 8);
    assert.equal(flags & O_NONBLOCK, 0);
  }
});

Deno.test("PipedStdio: stdin arrives, also from one writer after another, and ends with closeStdin()", async () => {
  using daemon = new Daemon();
  using stdio = await PipedStdio.open(daemon.source, daemon.relaying, soon());
  const [stdin] = stdio.runtimeEnds;
  const buffer = new Uint8Array(100);
  const next = () => {
    const count = read(stdin, buffer);
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

Deno.test("PipedStdio.closeStdin(): a writer that is still there may finish", async () => {
  using daemon = new Daemon();
  using stdio = await PipedStdio.open(daemon.source, daemon.relaying, soon());
  using writer = open(daemon.source.stdin, O_WRONLY | O_NONBLOCK, "it");
  stdio.closeStdin();
  daemon.loop.serveReady();
  write(writer, bytes("late"));
  writer.close();
  const [stdin] = stdio.runtimeEnds;
  daemon.serveUntil(() => hasEnded(stdin));
  const buffer = new Uint8Array(10);
  assert.equal(read(stdin, buffer), 4);
  assert.equal(read(stdin, buffer), 0);
});

Deno.test("PipedStdio: drained when all that have the outputs open have closed them", async () => {
  using daemon = new Daemon();
  using stdio = await PipedStdio.open(daemon.source, daemon.relaying, soon());
  const stdout = stdio.runtimeEnds[1];
  // As the runtime has it, after the shim let go.
  using copy = open(`/proc/self/fd/${stdout.raw}`, O_WRONLY, "it");
  stdio.runtimeStarted();
  assert.equal(stdout.closed, true);
  daemon.loop.serveReady();
  assert.equal(stdio.drained, false);
  write(copy, bytes("last words"));
  assert.equal(stdio.waiting, true);
  copy.close();
  daemon.serveUntil(() => stdio.drained);
  assert.equal(stdio.waiting, false);
  assert.equal(stdio.unread, 10);
  assert.equal(text(drain(daemon.stdout)), "last words");
  assert.equal(stdio.unread, 0);
});

Deno.test("PipedStdio: not drained as long as the daemon does not read", async () => {
  using daemon = new Daemon();
  using stdio = await PipedStdio.open(daemon.source, daemon.relaying, soon());
  using daemonEnd = open(daemon.source.stdout, O_WRONLY | O_NONBLOCK, "it");
  const filled = fill(daemonEnd);
  write(stdio.runtimeEnds[1], bytes("waits"));
  stdio.runtimeStarted();
  daemon.loop.runUntil(() => false, performance.now() + 20);
  assert.deepEqual([stdio.drained, stdio.waiting], [false, true]);
  const all = daemon.receive(daemon.stdout, filled + 5);
  assert.equal(all.slice(filled), "waits");
  daemon.serveUntil(() => stdio.drained);
});

Deno.test("PipedStdio: a daemon that detaches and attaches again misses nothing", async () => {
  using daemon = new Daemon();
  using stdio = await PipedStdio.open(daemon.source, daemon.relaying, soon());
  daemon.stdout.close();
  write(stdio.runtimeEnds[1], bytes("while away"));
  daemon.loop.serveReady();
  assert.equal(daemon.receive(daemon.reader("stdout"), 10), "while away");
  assert.deepEqual(daemon.warnings, []);
});

Deno.test("PipedStdio: the pipes belong to the container's user", {
  ignore: Deno.uid() !== 0,
}, async () => {
  using daemon = new Daemon({ rootUid: 1234, rootGid: 5678 });
  using stdio = await PipedStdio.open(daemon.source, daemon.relaying, soon());
  for (const { raw } of stdio.runtimeEnds) {
    const { uid, gid } = Deno.statSync(`/proc/self/fd/${raw}`);
    assert.deepEqual([uid, gid], [1234, 5678]);
  }
});

Deno.test("PipedStdio: files and /dev/null stand in for FIFOs", async () => {
  const before = fdsNow();
  {
    using daemon = new Daemon();
    const source = {
      ...daemon.source,
      stdin: daemon.dir.file("input", "from a file"),
      stdout: daemon.dir.file("output"),
      stderr: "/dev/null",
    };
    using stdio = await PipedStdio.open(source, daemon.relaying, soon());
    const [stdin, stdout, stderr] = stdio.runtimeEnds;
    daemon.serveUntil(() => hasEnded(stdin));
    const buffer = new Uint8Array(100);
    assert.equal(read(stdin, buffer), 11);
    assert.equal(read(stdin, buffer), 0);
    write(stdout, bytes("to a file"));
    write(stderr, bytes("nowhere"));
    stdio.runtimeStarted();
    daemon.serveUntil(() => stdio.drained);
    assert.equal(Deno.readTextFileSync(source.stdout), "to a file");
    assert.deepEqual([stdio.unread, daemon.warnings], [0, []]);
    stdio.closeStdin();
  }
  assert.deepEqual(fdsNow(), before);
});

Deno.test("PipedStdio: outputMatcher() knows the output pipes, resize() is nothing", async () => {
  using daemon = new Daemon();
  using stdio = await PipedStdio.open(daemon.source, daemon.relaying, soon());
  const isOutput = stdio.outputMatcher();
  const known = stdio.runtimeEnds.map(({ raw }) => {
    const descriptor = `/proc/self/fd/${raw}`;
    return isOutput(descriptor, Deno.readLinkSync(descriptor));
  });
  assert.deepEqual(known, [false, true, true]);
  stdio.resize({ columns: 80, rows: 24 });
});

Deno.test("PipedStdio: a busy output gets larger pipes, an idle one does not", async () => {
  using daemon = new Daemon();
  using stdio = await PipedStdio.open(daemon.source, daemon.relaying, soon());
  const capacity = (fd: Fd) => libc.fcntl(fd.raw, F_GETPIPE_SZ, 0);
  const [, stdout, stderr] = stdio.runtimeEnds;
  const usual = capacity(stderr);
  write(stdout, new Uint8Array(usual));
  daemon.loop.serveReady();
  assert.equal(capacity(stdout), 1 << 20);
  assert.equal(capacity(stderr), usual);
});

Deno.test("PipedStdio.open() of what is missing throws and leaks nothing", async () => {
  using daemon = new Daemon();
  const before = fdsNow();
  for (const name of ["stdin", "stdout", "stderr"] as const) {
    const source = { ...daemon.source, [name]: daemon.dir.at("missing") };
    const error = await rejectionOf(
      PipedStdio.open(source, daemon.relaying, soon()),
    );
    assert.match(error.message, new RegExp(`^Cannot open ${name} .*ENOENT`));
  }
  assert.deepEqual(fdsNow(), before);
});

Deno.test("PipedStdio.open() waits for a daemon that is late", async () => {
  using daemon = new Daemon();
  daemon.stderr.close();
  const opening = PipedStdio.open(daemon.source, daemon.relaying, soon());
  await until(
    () => fdsNow().some((line) => line.endsWith("stdout")),
    "stdout is open",
  );
  using stderr = daemon.reader("stderr");
  using stdio = await opening;
  write(stdio.runtimeEnds[2], bytes("ok"));
  assert.equal(daemon.receive(stderr, 2), "ok");
});

/** What TIOCGWINSZ tells, as columns and rows. */
function sizeOf(terminal: Fd): [columns: number, rows: number] {
  const size = new Uint16Array(4);
  assert.equal(libc.ioctl(terminal.raw, TIOCGWINSZ, size), 0);
  return [size[1], size[0]];
}

Deno.test("TerminalStdio: bytes pass in both directions, and stderr is not touched", async () => {
  const before = fdsNow();
  {
    using daemon = new Daemon();
    const source = { ...daemon.source, stderr: daemon.dir.at("missing") };
    using stdio = await TerminalStdio.open(source, daemon.relaying, soon());
    const { master } = openPty();
    using slave = openSlave(master)!;
    stdio.attach(master);
    write(slave, bytes("prompt> "));
    assert.equal(daemon.receive(daemon.stdout, 8), "prompt> ");
    // The terminal echoes what is typed.
    daemon.writeStdin("ls\r");
    assert.equal(daemon.receive(daemon.stdout, 4), "ls\r\n");
    const buffer = new Uint8Array(10);
    daemon.serveUntil(() => bytesWaiting(slave) === 3);
    assert.equal(read(slave, buffer), 3);
    assert.equal(text(buffer.subarray(0, 3)), "ls\n");
  }
  assert.deepEqual(fdsNow(), before);
});

Deno.test("TerminalStdio: what was typed before the terminal is there arrives", async () => {
  using daemon = new Daemon();
  using stdio = await TerminalStdio.open(
    daemon.source,
    daemon.relaying,
    soon(),
  );
  daemon.writeStdin("early\r");
  daemon.loop.serveReady();
  stdio.attach(openPty().master);
  assert.equal(daemon.receive(daemon.stdout, 7), "early\r\n");
});

Deno.test("TerminalStdio.resize() sets the size at once, or when the terminal is there", async () => {
  using daemon = new Daemon();
  using stdio = await TerminalStdio.open(
    daemon.source,
    daemon.relaying,
    soon(),
  );
  stdio.resize({ columns: 80, rows: 24 });
  stdio.resize({ columns: 100, rows: 30 });
  const { master } = openPty();
  assert.deepEqual(sizeOf(master), [0, 0]);
  stdio.attach(master);
  assert.deepEqual(sizeOf(master), [100, 30]);
  stdio.resize({ columns: 132, rows: 43 });
  assert.deepEqual(sizeOf(master), [132, 43]);
  master.close();
  stdio.resize({ columns: 1, rows: 1 });
});

Deno.test("TerminalStdio: a container that closes its terminal may open it again; initEnded() makes that the end", async () => {
  using daemon = new Daemon();
  using stdio = await TerminalStdio.open(
    daemon.source,
    daemon.relaying,
    soon(),
  );
  assert.deepEqual([stdio.drained, stdio.waiting], [true, false]);
  const { master } = openPty();
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

Deno.test("TerminalStdio.closeStdin() is neither an end of file nor a hang-up", async () => {
  using daemon = new Daemon();
  using stdio = await TerminalStdio.open(
    daemon.source,
    daemon.relaying,
    soon(),
  );
  const { master } = openPty();
  using slave = openSlave(master)!;
  stdio.attach(master);
  stdio.closeStdin();
  let rounds = 0;
  daemon.loop.runUntil(() => ++rounds > 1000, performance.now() + 20);
  assert.ok(rounds < 20, `${rounds} rounds`);
  write(slave, bytes("still here"));
  assert.equal(daemon.receive(daemon.stdout, 10), "still here");
});

Deno.test("TerminalStdio.outputMatcher() knows the container's terminal", async () => {
  using daemon = new Daemon();
  using stdio = await TerminalStdio.open(
    daemon.source,
    daemon.relaying,
    soon(),
  );
  const [ours, other] = [openPty(), openPty()];
  using _ = other.master;
  const knows = (path: string) => stdio.outputMatcher()(path, path);
  assert.equal(knows(ours.slavePath), false);
  stdio.attach(ours.master);
  assert.equal(knows(ours.slavePath), true);
  assert.equal(knows(other.slavePath), false);
});

Deno.test("TerminalStdio.open() of what is missing throws and leaks nothing", async () => {
  using daemon = new Daemon();
  const before = fdsNow();
  for (const name of ["stdin", "stdout"] as const) {
    const source = { ...daemon.source, [name]: daemon.dir.at("missing") };
    const error = await rejectionOf(
      TerminalStdio.open(source, daemon.relaying, soon()),
    );
    assert.match(error.message, new RegExp(`^Cannot open ${name} .*ENOENT`));
  }
  assert.deepEqual(fdsNow(), before);
});
