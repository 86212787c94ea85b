import assert from "node:assert/strict";
import { Fd, open } from "../../ffi/fd.ts";
import type { WindowSize } from "../../ffi/pty.ts";
import { write } from "../../ffi/transfer.ts";
import { type Controlled, serveControl } from "../../src/daemon/control.ts";
import { openControl } from "../../src/daemon/fifo.ts";
import { assertSettles, newLoop, serveUntil } from "../support/loop.ts";
import { TempDir } from "../support/own_files.ts";

/** A control FIFO that is served, and what came of it. */
function served(options: { resizeFails?: boolean } = {}) {
  const owned = new DisposableStack();
  const dir = owned.use(new TempDir());
  const path = dir.fifo("control");
  const control = owned.use(openControl(path));
  const daemon = owned.use(open(path, ["write", "nonblocking"], "it"));
  const loop = newLoop();
  const seen: string[] = [];
  const stdio = {
    closeStdin: () => seen.push("close"),
    resize: ({ columns, rows }: WindowSize) => {
      seen.push(`${columns}x${rows}`);
      if (options.resizeFails) throw new Error("no such terminal");
    },
  } as unknown as Controlled;
  serveControl(loop, control, stdio, (message) => seen.push(message));
  return {
    loop,
    seen,
    say: (text: string) => {
      const bytes = new TextEncoder().encode(text);
      assert.deepEqual(write(daemon, bytes), {
        kind: "moved",
        bytes: bytes.length,
      });
    },
    [Symbol.dispose]: () => owned.dispose(),
  };
}

Deno.test("serveControl() resizes and closes stdin, in order", () => {
  using t = served();
  t.say("1 80 24\n0 0 0\n1 100 50\n");
  t.loop.turn(0);
  assert.deepEqual(t.seen, ["80x24", "close", "100x50"]);
});

Deno.test("serveControl() serves more than a buffer full, at whose end a message is cut", () => {
  using t = served();
  const count = 2000;
  t.say("1 100 24\n".repeat(count));
  serveUntil(t.loop, () => t.seen.length >= count);
  assert.deepEqual(t.seen, Array(count).fill("100x24"));
});

Deno.test("serveControl() warns of a resize that fails, and goes on", () => {
  using t = served({ resizeFails: true });
  t.say("1 80 24\n0 0 0\n");
  t.loop.turn(0);
  assert.deepEqual(t.seen, ["80x24", "no such terminal", "close"]);
});

Deno.test("serveControl() of a plain file serves it once and does not spin", () => {
  using dir = new TempDir();
  using file = open(dir.file("control", "0 0 0\n"), ["read"], "it");
  const loop = newLoop();
  const seen: string[] = [];
  const stdio = {
    closeStdin: () => seen.push("close"),
  } as unknown as Controlled;
  serveControl(loop, file, stdio, (message) => seen.push(message));
  assertSettles(loop);
  assert.deepEqual(seen, ["close"]);
});

Deno.test("serveControl() warns when it cannot read, and does not spin", () => {
  using directory = open("/", ["read"], "it");
  const loop = newLoop();
  const warnings: string[] = [];
  serveControl(loop, directory, {} as Controlled, (message) => {
    warnings.push(message);
  });
  assertSettles(loop);
  assert.deepEqual(warnings, [
    "Cannot read the control FIFO: EISDIR (is a directory)",
  ]);
});

Deno.test("serveControl() of a descriptor that closes is over", () => {
  const loop = newLoop();
  const fd = new Fd(-1);
  serveControl(loop, fd, {} as Controlled, assert.fail);
  loop.turn(0);
});
