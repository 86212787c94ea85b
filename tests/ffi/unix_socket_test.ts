import assert from "node:assert/strict";
import { O_CLOEXEC, O_NONBLOCK } from "../../ffi/constants.ts";
import { SystemError } from "../../ffi/errno.ts";
import { Fd, open, setNonblocking } from "../../ffi/fd.ts";
import {
  accept,
  listen,
  peerUid,
  receiveFds,
  SOCKET_PATH_MAX,
} from "../../ffi/unix_socket.ts";
import { errorOf, fdsNow, flagsOf, TempDir } from "../support/own_files.ts";
import { factsOf } from "../support/own_process.ts";
import { connect, connectAs, send, socketPair } from "../support/sockets.ts";

const encoder = new TextEncoder();

/** Two connected sockets: one is received from, the other is the peer's. */
function testPair() {
  const [a, b] = socketPair();
  const owned = new DisposableStack();
  const ours = owned.use(new Fd(a));
  const theirs = owned.use(new Fd(b));
  setNonblocking(ours);
  return { ours, theirs, [Symbol.dispose]: () => owned.dispose() };
}

function closeAll(fds: readonly Fd[]): void {
  for (const fd of fds) fd.close();
}

Deno.test("listen() makes a socket, close-on-exec and nonblocking", () => {
  using dir = new TempDir();
  const before = fdsNow();
  {
    using socket = listen(dir.at("sock"));
    assert.ok(Deno.statSync(dir.at("sock")).isSocket);
    const flags = flagsOf(socket.raw);
    assert.equal(flags & O_CLOEXEC, O_CLOEXEC);
    assert.equal(flags & O_NONBLOCK, O_NONBLOCK);
  }
  assert.deepEqual(fdsNow(), before);
});

Deno.test("listen() takes a path of the longest length, and no longer one", () => {
  using dir = new TempDir();
  const before = fdsNow();
  const stem = dir.at("x");
  const longest = stem.padEnd(SOCKET_PATH_MAX, "x");
  listen(longest).close();
  assert.ok(Deno.statSync(longest).isSocket);

  const error = errorOf(() => listen(`${longest}x`));
  assert.ok(error instanceof RangeError);
  assert.equal(
    error.message,
    `The path "${longest}x" has 108 bytes; a unix socket takes at most 107`,
  );
  assert.deepEqual(fdsNow(), before);
});

Deno.test("listen() counts the bytes of a path, not its characters", () => {
  const path = "/tmp/" + "é".repeat(60);
  assert.match(errorOf(() => listen(path)).message, /has 125 bytes/);
});

Deno.test("listen() throws what the kernel refuses and leaks no descriptor", () => {
  using dir = new TempDir();
  const before = fdsNow();
  const taken = dir.file("taken");
  const cases: [path: string, code: "EADDRINUSE" | "ENOENT" | "ENOTDIR"][] = [
    [taken, "EADDRINUSE"],
    [dir.at("no/such/directory"), "ENOENT"],
    [`${taken}/below`, "ENOTDIR"],
  ];
  for (const [path, code] of cases) {
    const error = errorOf(() => listen(path)) as SystemError;
    assert.ok(error instanceof SystemError && error.is(code), `${error}`);
    assert.ok(
      error.message.startsWith(`Cannot bind socket "${path}": ${code}`),
    );
  }
  assert.deepEqual(fdsNow(), before);
});

Deno.test("accept() hands out each connection, close-on-exec and nonblocking", () => {
  using dir = new TempDir();
  using socket = listen(dir.at("sock"));
  using _first = new Fd(connect(dir.at("sock")));
  using _second = new Fd(connect(dir.at("sock")));
  using a = accept(socket)!;
  using b = accept(socket)!;
  assert.notEqual(a.raw, b.raw);
  for (const { raw } of [a, b]) {
    const wanted = O_CLOEXEC | O_NONBLOCK;
    assert.equal(flagsOf(raw) & wanted, wanted);
  }
  assert.equal(accept(socket), undefined);
});

Deno.test("accept() throws for what does not listen", () => {
  using file = open("/dev/null", ["read"], "it");
  const error = errorOf(() => accept(file)) as SystemError;
  assert.ok(error.is("ENOTSOCK"));
  assert.equal(
    error.message,
    "Cannot accept the console connection: " +
      "ENOTSOCK (socket operation on non-socket)",
  );
});

Deno.test("peerUid() is another user's when another user connects", {
  ignore: Deno.uid() !== 0,
}, async () => {
  using dir = new TempDir();
  using socket = listen(dir.at("sock"));
  await connectAs(1234, dir.at("sock"));
  using connection = accept(socket)!;
  assert.equal(peerUid(connection), 1234);
});

Deno.test("peerUid() throws for what is no socket", () => {
  using file = open("/dev/null", ["read"], "it");
  const error = errorOf(() => peerUid(file)) as SystemError;
  assert.ok(error.is("ENOTSOCK"));
});

Deno.test("receiveFds() is undefined when nothing has arrived", () => {
  using pair = testPair();
  assert.equal(receiveFds(pair.ours), undefined);
});

Deno.test("receiveFds() receives one descriptor, close-on-exec, also when the peer has closed", () => {
  using pair = testPair();
  using file = open("/dev/zero", ["read"], "it");
  send(pair.theirs.raw, encoder.encode("/dev/pts/7"), [file.raw]);
  pair.theirs.close();
  const { bytes, fds, truncated } = receiveFds(pair.ours)!;
  using received = fds[0];
  assert.deepEqual([bytes, fds.length, truncated], [10, 1, false]);
  assert.notEqual(received.raw, file.raw);
  assert.equal(Deno.readLinkSync(`/proc/self/fd/${received.raw}`), "/dev/zero");
  assert.equal(flagsOf(received.raw) & O_CLOEXEC, O_CLOEXEC);
  assert.deepEqual(receiveFds(pair.ours), {
    bytes: 0,
    fds: [],
    truncated: false,
  });
});

Deno.test("receiveFds() receives 2 and as many as the kernel passes, in order", () => {
  using pair = testPair();
  using zero = open("/dev/zero", ["read"], "it");
  using nothing = open("/dev/null", ["read"], "it");
  const before = fdsNow();
  for (const count of [2, 252, 253]) {
    const sent = Array.from(
      { length: count },
      (_, i) => i === count - 1 ? zero.raw : nothing.raw,
    );
    send(pair.theirs.raw, encoder.encode("x"), sent);
    const { fds, truncated } = receiveFds(pair.ours)!;
    const links = fds.map(({ raw }) =>
      Deno.readLinkSync(`/proc/self/fd/${raw}`)
    );
    closeAll(fds);
    assert.equal(truncated, false);
    assert.equal(links.length, count);
    assert.equal(links.pop(), "/dev/zero");
    assert.ok(links.every((link) => link === "/dev/null"));
  }
  assert.deepEqual(fdsNow(), before);
});

Deno.test("receiveFds() receives one message at a time", () => {
  using pair = testPair();
  using file = open("/dev/null", ["read"], "it");
  send(pair.theirs.raw, encoder.encode("first"), [file.raw]);
  send(pair.theirs.raw, encoder.encode("second"), [file.raw, file.raw]);
  const messages = [receiveFds(pair.ours)!, receiveFds(pair.ours)!];
  try {
    assert.deepEqual(
      messages.map(({ bytes, fds }) => [bytes, fds.length]),
      [[5, 1], [6, 2]],
    );
  } finally {
    for (const { fds } of messages) closeAll(fds);
  }
});

Deno.test("receiveFds() tells that descriptors were dropped", async () => {
  // In a process whose limit leaves room for one of the three that arrive.
  const facts = await factsOf("few_descriptors", ["receive"]);
  assert.deepEqual(facts, {
    received: 1,
    truncated: true,
    bytes: 1,
    leaked: [],
  });
});

Deno.test("receiveFds() throws when the peer has reset the connection", () => {
  using pair = testPair();
  // The peer closes with unread bytes in its buffer (unix(7)).
  send(pair.ours.raw, encoder.encode("unread"));
  pair.theirs.close();
  const error = errorOf(() => receiveFds(pair.ours)) as SystemError;
  assert.ok(error.is("ECONNRESET"));
  assert.equal(
    error.message,
    "Cannot receive the console: ECONNRESET (connection reset by peer)",
  );
});
