import assert from "node:assert/strict";
import { open } from "../../ffi/fd.ts";
import { write } from "../../ffi/transfer.ts";
import { Pipes } from "../../src/streams/pipes.ts";
import { assertSettles } from "../support/loop.ts";
import { errorOf, fdsNow } from "../support/own_files.ts";
import { StdioBench } from "../support/stdio_bench.ts";
import { bytes, drain, text } from "../support/streams.ts";

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

Deno.test("Pipes: what is held back holds nothing else up, is no work, and no reason to lose it", () => {
  for (const decision of ["deliver", "drop"] as const) {
    using daemon = new StdioBench();
    using stdio = new Pipes(daemon.source, daemon.relaying, () => "hold");
    const [, stdout, stderr] = stdio.runtimeEnds;
    write(stdout, bytes("held"));
    daemon.serveUntil(() => stdio.heldBack.length > 0);
    write(stdout, bytes(", and more"));
    write(stderr, bytes("not held"));
    assert.equal(daemon.receive(daemon.stderr, 8), "not held");
    // That its writer goes cannot be told yet.
    stdio.started();
    assertSettles(daemon.loop);
    assert.equal(text(stdio.heldBack), "held");
    assert.deepEqual([stdio.drained, stdio.undelivered], [false, true]);
    stdio.letGo(decision);
    const expected = decision === "drop" ? ", and more" : "held, and more";
    assert.equal(daemon.receive(daemon.stdout, expected.length), expected);
    daemon.serveUntil(() => stdio.drained);
  }
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
