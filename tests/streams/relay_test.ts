import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { F_GETPIPE_SZ } from "../../ffi/constants.ts";
import { type Fd, open, type OpenMode } from "../../ffi/fd.ts";
import { libc } from "../../ffi/libc.ts";
import { read, write } from "../../ffi/transfer.ts";
import { Allowance } from "../../src/loop/limits.ts";
import { Relay, type RelayOptions } from "../../src/streams/relay.ts";
import { Spool } from "../../src/streams/spool.ts";
import { assertSettles, newLoop, serveUntil } from "../support/loop.ts";
import { fdsNow, TempDir } from "../support/own_files.ts";
import { drain, fill, nonblockingPipe, rawPty } from "../support/streams.ts";

/** A relay, its messages, and what it owns. */
class Bench implements Disposable {
  readonly owned = new DisposableStack();
  readonly dir = this.owned.use(new TempDir());
  readonly loop = newLoop();
  readonly messages: string[] = [];
  ends = 0;

  relay(from: Fd, to: Fd, more: Partial<RelayOptions> = {}): Relay {
    return new Relay(this.loop, {
      from,
      to,
      source: "the container's stdout",
      sink: 'stdout "/x"',
      brokenSink: "void",
      ended: () => this.ends++,
      failed: (message) => this.messages.push(message),
      ...more,
    });
  }

  pipe() {
    return nonblockingPipe(this.owned);
  }

  pty() {
    return rawPty(this.owned);
  }

  open(path: string, ...mode: OpenMode): Fd {
    return this.owned.use(open(path, mode, "it"));
  }

  spool(limit: number, directory = this.dir.path): Spool {
    const warn = (message: string) => this.messages.push(message);
    return new Spool({ directory, limit }, warn);
  }

  /** Serves until the relay has ended. */
  finish(): void {
    this.serveUntil(() => this.ends > 0);
  }

  /** Serves until the condition holds. */
  serveUntil(condition: () => boolean): void {
    serveUntil(this.loop, condition);
  }

  /** Serves until the loop only waits, and fails if it turns instead. */
  settle(): void {
    assertSettles(this.loop);
  }

  [Symbol.dispose](): void {
    this.owned.dispose();
  }
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (words: string) => new TextEncoder().encode(words);

/** Numbers from 0 up to a limit, the same ones in every run. */
function dice(seed: number): (limit: number) => number {
  return (limit) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor(seed / 2 ** 32 * limit);
  };
}

/**
 * Sends some megabytes through a relay in chunks of random sizes, reads them
 * in others, and compares the checksums.
 */
function assertExact(
  bench: Bench,
  feed: Fd,
  sink: Fd,
  options: { megabytes: number; close: () => void; seed: number },
): void {
  const random = dice(options.seed);
  const [sent, received] = [createHash("sha256"), createHash("sha256")];
  let unsent = options.megabytes * 2 ** 20;
  let unread = unsent;
  let chunk = new Uint8Array();
  const buffer = new Uint8Array(300_000);
  const end = performance.now() + 20_000;
  while (unread > 0) {
    assert.ok(performance.now() < end, `${unread} bytes are missing`);
    if (chunk.length === 0 && unsent > 0) {
      chunk = new Uint8Array(Math.min(unsent, 1 + random(200_000)));
      for (let i = 0; i < chunk.length; i++) chunk[i] = random(256);
    }
    const put = chunk.length === 0 ? undefined : write(feed, chunk);
    if (put?.kind === "moved") {
      const written = put.bytes;
      sent.update(chunk.subarray(0, written));
      unsent -= written;
      chunk = chunk.subarray(written);
      if (unsent === 0) options.close();
    }
    if (random(4) > 0) bench.loop.turn(0);
    const got = read(sink, buffer.subarray(0, 1 + random(buffer.length)));
    if (got.kind === "moved") {
      received.update(buffer.subarray(0, got.bytes));
      unread -= got.bytes;
    }
  }
  assert.equal(received.digest("hex"), sent.digest("hex"));
  assert.deepEqual(bench.messages, []);
}

Deno.test("Relay: pipe to pipe, byte for byte, and the pipes keep their capacity", () => {
  using bench = new Bench();
  const [source, sink] = [bench.pipe(), bench.pipe()];
  const capacity = ({ raw }: Fd) => libc.fcntl(raw, F_GETPIPE_SZ, 0);
  const before = [source.readEnd, sink.writeEnd].map(capacity);
  bench.relay(source.readEnd, sink.writeEnd);
  assertExact(bench, source.writeEnd, sink.readEnd, {
    megabytes: 6,
    close: () => {},
    seed: 1,
  });
  assert.deepEqual([source.readEnd, sink.writeEnd].map(capacity), before);
  source.writeEnd.close();
  bench.finish();
  assert.equal(bench.ends, 1);
});

Deno.test("Relay: pty to pipe, byte for byte, and its hang-up is the end", () => {
  using bench = new Bench();
  const { master, slave } = bench.pty();
  const sink = bench.pipe();
  bench.relay(master, sink.writeEnd);
  assertExact(bench, slave, sink.readEnd, {
    megabytes: 2,
    close: () => {},
    seed: 2,
  });
  slave.close();
  bench.finish();
  assert.deepEqual([bench.ends, bench.messages], [1, []]);
});

Deno.test("Relay: pipe to pty, byte for byte", () => {
  using bench = new Bench();
  const { master, slave } = bench.pty();
  const source = bench.pipe();
  bench.relay(source.readEnd, master);
  assertExact(bench, source.writeEnd, slave, {
    megabytes: 1,
    close: () => source.writeEnd.close(),
    seed: 3,
  });
  bench.finish();
});

Deno.test("Relay: pipe to file, also one to append to", () => {
  for (const mode of [["write"], ["write", "append"]] as OpenMode[]) {
    using bench = new Bench();
    const path = bench.dir.file(
      "log",
      mode.includes("append") ? "before " : "",
    );
    const source = bench.pipe();
    bench.relay(source.readEnd, bench.open(path, ...mode));
    let expected = Deno.readTextFileSync(path);
    for (const piece of ["one ", "two ", "x".repeat(50_000)]) {
      write(source.writeEnd, bytes(piece));
      expected += piece;
      bench.loop.turn(0);
      assert.equal(Deno.readTextFileSync(path), expected);
    }
    source.writeEnd.close();
    bench.finish();
    assert.deepEqual(bench.messages, []);
  }
});

Deno.test("Relay: file to pipe, to the end of the file", () => {
  using bench = new Bench();
  const content = new Uint8Array(700_000).map((_, i) => i * 7);
  const path = bench.dir.file("stdin", content);
  const sink = bench.pipe();
  bench.relay(bench.open(path, "read"), sink.writeEnd);
  const parts: Uint8Array[] = [];
  bench.serveUntil(() => {
    parts.push(drain(sink.readEnd));
    return bench.ends > 0;
  });
  parts.push(drain(sink.readEnd));
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  const expected = createHash("sha256").update(content);
  assert.equal(hash.digest("hex"), expected.digest("hex"));
});

Deno.test("Relay: /dev/null as a source ends at once, as a sink takes everything", () => {
  using bench = new Bench();
  const nothing = bench.open("/dev/null", "read and write");
  const sink = bench.pipe();
  bench.relay(nothing, sink.writeEnd);
  bench.finish();

  using other = new Bench();
  const source = other.pipe();
  other.relay(source.readEnd, nothing);
  fill(source.writeEnd);
  other.loop.turn(0);
  assert.ok(fill(source.writeEnd) > 0);
  source.writeEnd.close();
  other.finish();
  assert.deepEqual(other.messages, []);
});

/** A FIFO that is full and has no reader but the shim's own. */
function fullFifo(bench: Bench) {
  const path = bench.dir.fifo("stdout");
  bench.open(path, "read", "nonblocking");
  const end = bench.open(path, "write", "nonblocking");
  return { path, end, filled: fill(end) };
}

Deno.test("Relay: a full FIFO is waited for, without spinning, until a reader comes", () => {
  using bench = new Bench();
  const fifo = fullFifo(bench);
  const source = bench.pipe();
  const relay = bench.relay(source.readEnd, fifo.end);
  write(source.writeEnd, bytes("the last words"));
  source.writeEnd.close();
  bench.settle();
  assert.deepEqual([bench.ends, relay.ended, relay.waiting], [0, false, true]);

  const reader = bench.open(fifo.path, "read", "nonblocking");
  assert.equal(drain(reader).length, fifo.filled);
  bench.finish();
  assert.equal(text(drain(reader)), "the last words");
  assert.deepEqual([bench.ends, relay.ended, relay.waiting], [1, true, false]);
});

Deno.test("Relay: a full source and a full sink stand still together", () => {
  using bench = new Bench();
  const fifo = fullFifo(bench);
  const source = bench.pipe();
  bench.relay(source.readEnd, fifo.end);
  assert.ok(fill(source.writeEnd) > 0);
  bench.settle();
  // What the relay has in hand has left the pipe, once.
  assert.ok(fill(source.writeEnd) <= 65_536);
  bench.settle();
  assert.equal(fill(source.writeEnd), 0);
});

Deno.test("Relay: a terminal waits for a full FIFO without spinning", () => {
  using bench = new Bench();
  const fifo = fullFifo(bench);
  const { master, slave } = bench.pty();
  const relay = bench.relay(master, fifo.end);
  write(slave, bytes("prompt> "));
  bench.serveUntil(() => relay.waiting);
  bench.settle();
  const reader = bench.open(fifo.path, "read", "nonblocking");
  drain(reader);
  bench.serveUntil(() => !relay.waiting);
  assert.equal(text(drain(reader)), "prompt> ");
});

Deno.test("Relay: a terminal that does not read is waited for without spinning", () => {
  using bench = new Bench();
  const { master } = bench.pty();
  const source = bench.pipe();
  bench.relay(source.readEnd, master);
  // More than a terminal holds.
  for (let round = 0; round < 20; round++) {
    fill(source.writeEnd);
    bench.loop.turn(0);
  }
  bench.settle();
});

Deno.test("Relay: nothing to do is no work: idle, and with both ends gone", () => {
  using bench = new Bench();
  const [source, sink] = [bench.pipe(), bench.pipe()];
  const relay = bench.relay(source.readEnd, sink.writeEnd);
  bench.settle();
  assert.equal(relay.waiting, false);
  source.writeEnd.close();
  bench.finish();
  sink.readEnd.close();
  bench.settle();
  assert.equal(bench.ends, 1);
});

Deno.test("Relay: a sink that refuses bytes is named once, and the source drained", () => {
  using bench = new Bench();
  const source = bench.pipe();
  const sink = bench.open("/dev/full", "write");
  const relay = bench.relay(source.readEnd, sink);
  for (let round = 0; round < 10; round++) {
    assert.ok(fill(source.writeEnd) > 0, `round ${round}`);
    bench.serveUntil(() => !relay.waiting);
  }
  bench.settle();
  assert.equal(bench.messages.length, 1);
  assert.match(
    bench.messages[0],
    /^Cannot write to stdout "\/x": ENOSPC \(no space left on device\); /,
  );
  source.writeEnd.close();
  bench.finish();
  assert.equal(bench.messages.length, 1);
});

Deno.test("Relay: a sink without a reader is named once, and the source drained", () => {
  using bench = new Bench();
  const [source, sink] = [bench.pipe(), bench.pipe()];
  const relay = bench.relay(source.readEnd, sink.writeEnd);
  sink.readEnd.close();
  for (let round = 0; round < 3; round++) {
    assert.ok(fill(source.writeEnd) > 0);
    bench.serveUntil(() => !relay.waiting);
  }
  bench.settle();
  assert.equal(bench.messages.length, 1);
  assert.match(bench.messages[0], /EPIPE \(broken pipe\)/);
});

Deno.test("Relay: a reader that leaves a full pipe wakes the relay up", () => {
  using bench = new Bench();
  const [source, sink] = [bench.pipe(), bench.pipe()];
  const relay = bench.relay(source.readEnd, sink.writeEnd);
  fill(sink.writeEnd);
  fill(source.writeEnd);
  bench.settle();
  sink.readEnd.close();
  bench.serveUntil(() => !relay.waiting);
  assert.equal(bench.messages.length, 1);
  assert.equal(bench.ends, 0);
});

Deno.test("Relay: a source that cannot be read is the end, with the reason", () => {
  using bench = new Bench();
  const sink = bench.pipe();
  bench.relay(bench.open("/", "read"), sink.writeEnd);
  bench.finish();
  assert.equal(bench.messages.length, 1);
  assert.match(bench.messages[0], /^Cannot read.*: EISDIR \(is a directory\)$/);
});

Deno.test("Relay: what a terminal said before its hang-up is delivered", () => {
  using bench = new Bench();
  const { master, slave } = bench.pty();
  const sink = bench.pipe();
  bench.relay(master, sink.writeEnd);
  write(slave, bytes("good bye"));
  slave.close();
  bench.finish();
  assert.equal(text(drain(sink.readEnd)), "good bye");
  assert.deepEqual([bench.ends, bench.messages], [1, []]);
});

Deno.test("Relay: a source that never dries up leaves others their turn", () => {
  using bench = new Bench();
  bench.relay(
    bench.open("/dev/zero", "read"),
    bench.open("/dev/null", "write"),
  );
  const other = bench.pipe();
  write(other.writeEnd, bytes("x"));
  let served = 0;
  bench.loop.watch("it", other.readEnd, "input", { ready: () => served++ });
  for (let round = 0; round < 5; round++) bench.loop.turn(0);
  assert.equal(served, 5);
});

Deno.test("Relay.waiting: from the write to the source until the sink has it", () => {
  using bench = new Bench();
  const [source, sink] = [bench.pipe(), bench.pipe()];
  const relay = bench.relay(source.readEnd, sink.writeEnd);
  assert.equal(relay.waiting, false);
  write(source.writeEnd, bytes("x"));
  assert.equal(relay.waiting, true);
  bench.loop.turn(0);
  assert.equal(relay.waiting, false);
});

Deno.test("Relay with a spool: the source is drained while nobody reads, and nothing is lost", () => {
  const before = fdsNow();
  {
    using bench = new Bench();
    const [source, sink] = [bench.pipe(), bench.pipe()];
    const spool = bench.spool(1 << 20);
    const relay = bench.relay(source.readEnd, sink.writeEnd, { spool });
    assertExact(bench, source.writeEnd, sink.readEnd, {
      megabytes: 3,
      close: () => {},
      seed: 4,
    });
    // Now without a reader.
    const filled = fill(sink.writeEnd);
    let expected = "";
    for (let i = 0; i < 300; i++) {
      const line = `${i} ${"x".repeat(1000)}\n`;
      // The spool takes it when the sink has been full for a while.
      bench.serveUntil(() =>
        write(source.writeEnd, bytes(line)).kind === "moved"
      );
      expected += line;
    }
    source.writeEnd.close();
    bench.settle();
    assert.deepEqual([relay.ended, relay.waiting], [false, true]);
    assert.deepEqual([...Deno.readDirSync(bench.dir.path)], []);

    let received = "";
    bench.serveUntil(() => {
      received += text(drain(sink.readEnd));
      return relay.ended;
    });
    received += text(drain(sink.readEnd));
    assert.ok(received.slice(filled) === expected, "it is another text");
    assert.deepEqual(bench.messages, []);
  }
  assert.deepEqual(fdsNow(), before);
});

Deno.test("Relay with a spool: a full spool makes the source wait, without spinning", () => {
  using bench = new Bench();
  const [source, sink] = [bench.pipe(), bench.pipe()];
  const spool = bench.spool(100_000);
  bench.relay(source.readEnd, sink.writeEnd, { spool });
  fill(sink.writeEnd);
  let taken = 0;
  for (let round = 0; round < 20; round++) {
    taken += fill(source.writeEnd);
    bench.loop.turn(0);
  }
  bench.settle();
  const pipes = libc.fcntl(source.readEnd.raw, F_GETPIPE_SZ, 0);
  const inHand = 65_536;
  const most = 100_000 + pipes + inHand;
  assert.ok(taken >= 100_000 && taken <= most, `${taken}`);
  assert.deepEqual(bench.messages, []);
});

Deno.test("Relay with a spool: it wraps around, byte for byte", () => {
  using bench = new Bench();
  const [source, sink] = [bench.pipe(), bench.pipe()];
  const spool = bench.spool(50_021);
  bench.relay(source.readEnd, sink.writeEnd, { spool });
  assertExact(bench, source.writeEnd, sink.readEnd, {
    megabytes: 3,
    close: () => source.writeEnd.close(),
    seed: 5,
  });
  bench.finish();
});

Deno.test("Relay with a spool that cannot be made: one warning, and as without", () => {
  using bench = new Bench();
  const [source, sink] = [bench.pipe(), bench.pipe()];
  const spool = bench.spool(1000, "/no/such/directory");
  const relay = bench.relay(source.readEnd, sink.writeEnd, { spool });
  const filled = fill(sink.writeEnd);
  write(source.writeEnd, bytes("kept"));
  bench.serveUntil(() => bench.messages.length > 0);
  bench.settle();
  assert.equal(bench.messages.length, 1);
  assert.match(bench.messages[0], /"\/no\/such\/directory": ENOENT/);
  assert.equal(drain(sink.readEnd).length, filled);
  bench.serveUntil(() => !relay.waiting);
  assert.equal(text(drain(sink.readEnd)), "kept");
});

Deno.test("Relay with a spool: a sink that fails meanwhile is named, and the source drained", () => {
  using bench = new Bench();
  const [source, sink] = [bench.pipe(), bench.pipe()];
  const spool = bench.spool(100_000);
  const relay = bench.relay(source.readEnd, sink.writeEnd, { spool });
  fill(sink.writeEnd);
  write(source.writeEnd, bytes("into the spool"));
  bench.settle();
  sink.readEnd.close();
  bench.serveUntil(() => !relay.waiting);
  assert.deepEqual([bench.ends, bench.messages.length], [0, 1]);
  assert.match(bench.messages[0], /^Cannot write to stdout "\/x": EPIPE/);
  assert.ok(fill(source.writeEnd) > 0);
  bench.serveUntil(() => !relay.waiting);
  assert.equal(bench.ends, 0);
});
