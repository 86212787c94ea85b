import assert from "node:assert/strict";
import { bytesWaiting, type Fd, open, setNonblocking } from "../../ffi/fd.ts";
import { PollSet } from "../../ffi/poll.ts";
import { read, write } from "../../ffi/transfer.ts";
import { Pipes } from "../../src/streams/pipes.ts";
import { O_NONBLOCK } from "../../ffi/constants.ts";
import { assertSettles } from "../support/loop.ts";
import { errorOf, fdsNow, flagsOf } from "../support/own_files.ts";
import { StdioBench } from "../support/stdio_bench.ts";
import {
  bytes,
  capacity,
  drain,
  fill,
  inPackets,
  nonblockingPipe,
  text,
} from "../support/streams.ts";

/** Whether the last writer of a pipe has gone. */
function hasEnded(pipe: Fd): boolean {
  const polls = new PollSet();
  polls.set(0, pipe.raw, "input");
  polls.wait(1, 0);
  return polls.ready(0)?.broken ?? false;
}

Deno.test("Pipes: what the container writes reaches its own FIFO", () => {
  const before = fdsNow();
  {
    using daemon = new StdioBench();
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
  using daemon = new StdioBench();
  using stdio = new Pipes(daemon.source, daemon.relaying);
  for (const { raw } of stdio.runtimeEnds) {
    assert.equal(flagsOf(raw) & O_NONBLOCK, 0);
  }
});

Deno.test("Pipes: pipes and FIFOs keep their capacity, however much goes through them", () => {
  using daemon = new StdioBench();
  using stdio = new Pipes(daemon.source, daemon.relaying);
  using stdin = daemon.writer("stdin");
  const [input, stdout, stderr] = stdio.runtimeEnds;
  for (const end of stdio.runtimeEnds) setNonblocking(end);
  const all = [stdin, ...stdio.runtimeEnds, daemon.stdout, daemon.stderr];
  const before = all.map(capacity);
  let moved = 0;
  daemon.serveUntil(() => {
    for (const end of [stdin, stdout, stderr]) fill(end);
    for (const end of [input, daemon.stdout, daemon.stderr]) {
      moved += drain(end).length;
    }
    return moved > 8 << 20;
  });
  assert.deepEqual(all.map(capacity), before);
  // Nor was it another before anything moved.
  const fresh = nonblockingPipe(daemon.owned);
  assert.deepEqual(before, all.map(() => capacity(fresh.readEnd)));
});

Deno.test("Pipes: a container's packets arrive whole", () => {
  using daemon = new StdioBench();
  using stdio = new Pipes(daemon.source, daemon.relaying);
  const stdout = stdio.runtimeEnds[1];
  inPackets(stdout);
  let sent = "";
  for (let number = 0; number < 12; number++) {
    const packet = `${number}:`.padEnd(1 + number * 371, "x");
    write(stdout, bytes(packet));
    sent += packet;
  }
  assert.equal(daemon.receive(daemon.stdout, sent.length), sent);
});

Deno.test("Pipes: stdin arrives, also from one writer after another, and ends with closeStdin()", () => {
  using daemon = new StdioBench();
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
  using daemon = new StdioBench();
  using stdio = new Pipes(daemon.source, daemon.relaying);
  using writer = daemon.writer("stdin");
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
  using daemon = new StdioBench();
  using stdio = new Pipes(daemon.source, daemon.relaying);
  const stdout = stdio.runtimeEnds[1];
  // As the runtime has it, after the shim let go.
  using copy = open(`/proc/self/fd/${stdout.raw}`, ["write"], "it");
  stdio.started();
  assert.equal(stdout.closed, true);
  daemon.loop.turn(0);
  assert.equal(stdio.drained, false);
  write(copy, bytes("last words"));
  assert.equal(stdio.undelivered, true);
  copy.close();
  daemon.serveUntil(() => stdio.drained);
  assert.equal(stdio.undelivered, false);
  assert.equal(text(drain(daemon.stdout)), "last words");
});

Deno.test("Pipes: not drained as long as the daemon does not read", () => {
  using daemon = new StdioBench();
  using stdio = new Pipes(daemon.source, daemon.relaying);
  using daemonEnd = daemon.writer("stdout");
  const filled = fill(daemonEnd);
  write(stdio.runtimeEnds[1], bytes("waits"));
  stdio.started();
  assertSettles(daemon.loop);
  assert.deepEqual([stdio.drained, stdio.undelivered], [false, true]);
  const all = daemon.receive(daemon.stdout, filled + 5);
  assert.equal(all.slice(filled), "waits");
  daemon.serveUntil(() => stdio.drained);
});

Deno.test("Pipes: a daemon that detaches and attaches again misses nothing", () => {
  using daemon = new StdioBench();
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
  using daemon = new StdioBench({ rootUid: 1234, rootGid: 5678 });
  using stdio = new Pipes(daemon.source, daemon.relaying);
  for (const { raw } of stdio.runtimeEnds) {
    const { uid, gid } = Deno.statSync(`/proc/self/fd/${raw}`);
    assert.deepEqual([uid, gid], [1234, 5678]);
  }
});

Deno.test("Pipes: files and /dev/null stand in for FIFOs", () => {
  const before = fdsNow();
  {
    using daemon = new StdioBench();
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
  using daemon = new StdioBench();
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
    using daemon = new StdioBench();
    const first = (bytes: Uint8Array) => {
      if (text(bytes) === "no such command") return "hold";
    };
    using stdio = new Pipes(daemon.source, daemon.relaying, first);
    write(stdio.runtimeEnds[1], bytes("no such command"));
    daemon.serveUntil(() => stdio.heldBack.length > 0);
    assertSettles(daemon.loop);
    assert.equal(text(stdio.heldBack), "no such command");
    assert.equal(text(drain(daemon.stdout)), "");
    stdio.letGo(decision);
    write(stdio.runtimeEnds[1], bytes("!"));
    const expected = decision === "drop" ? "!" : "no such command!";
    assert.equal(daemon.receive(daemon.stdout, expected.length), expected);
  }
});

Deno.test("Pipes: what is held back holds nothing else up, is no work, and no reason to lose it", () => {
  using daemon = new StdioBench();
  const stdio = daemon.owned.use(
    new Pipes(daemon.source, daemon.relaying, () => "hold"),
  );
  const [, stdout, stderr] = stdio.runtimeEnds;
  write(stdout, bytes("held"));
  daemon.serveUntil(() => stdio.heldBack.length > 0);
  write(stdout, bytes(", and more"));
  write(stderr, bytes("not held"));
  assert.equal(daemon.receive(daemon.stderr, 8), "not held");
  // That its writer goes cannot be told yet.
  stdio.started();
  assertSettles(daemon.loop);
  assert.deepEqual([stdio.drained, stdio.undelivered], [false, true]);
  stdio.letGo("deliver");
  assert.equal(daemon.receive(daemon.stdout, 14), "held, and more");
  daemon.serveUntil(() => stdio.drained);
});

Deno.test("Pipes.letGo(): nothing is held back after that", () => {
  using daemon = new StdioBench();
  using stdio = new Pipes(daemon.source, daemon.relaying, () => "hold");
  stdio.letGo("drop");
  write(stdio.runtimeEnds[1], bytes("late"));
  assert.equal(daemon.receive(daemon.stdout, 4), "late");
  assert.equal(stdio.heldBack.length, 0);
});

Deno.test("Pipes of what is missing throws and leaks nothing", () => {
  using daemon = new StdioBench();
  const before = fdsNow();
  for (const name of ["stdin", "stdout", "stderr"] as const) {
    const source = { ...daemon.source, [name]: daemon.dir.at("missing") };
    const error = errorOf(() => new Pipes(source, daemon.relaying));
    assert.match(error.message, new RegExp(`^Cannot open ${name} .*ENOENT`));
  }
  assert.deepEqual(fdsNow(), before);
});
