import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { ConsoleSocket } from "../../src/streams/console_socket.ts";
import { newLoop } from "../support/loop.ts";
import { fdsNow, TempDir, Variable } from "../support/own_files.ts";
import { close, O, open } from "../support/posix.ts";
import { connect, send } from "../support/sockets.ts";
import { type FuzzProperty, property } from "./fuzz_property.ts";

/** One thing that a peer of the console socket does. */
export type PeerAction =
  | { kind: "connect" }
  | { kind: "send"; bytes: number; fds: FdKind[] }
  | { kind: "close" };

const FILES = {
  master: "/dev/ptmx",
  null: "/dev/null",
  zero: "/dev/zero",
  directory: "/",
} as const;

type FdKind = keyof typeof FILES;

/** The kernel passes at most this many descriptors at once. */
const MOST_FDS = 253;

const fdKind = fc.constantFrom<FdKind[]>(
  "master",
  "master",
  "null",
  "zero",
  "directory",
);

const fdKinds = fc.oneof(
  { weight: 4, arbitrary: fc.array(fdKind, { maxLength: 3 }) },
  fc.constantFrom(2, 17, 100, MOST_FDS - 1, MOST_FDS).chain((count) =>
    fdKind.map((kind) => new Array<FdKind>(count).fill(kind))
  ),
);

const sending = fc.record({
  kind: fc.constant("send" as const),
  bytes: fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 64 }) },
    fc.constantFrom(4095, 4096, 4097, 100_000),
  ),
  fds: fdKinds,
});

/**
 * What peers do, from well-behaved to hostile. Beside the one connection that
 * is accepted the socket's queue takes five; another would be waited for.
 */
export const peerActions: fc.Arbitrary<PeerAction[]> = fc.array(
  fc.oneof<fc.Arbitrary<PeerAction>[]>(
    fc.constant({ kind: "connect" }),
    sending,
    sending,
    fc.constant({ kind: "close" }),
  ),
  { minLength: 1, maxLength: 5 },
).map((actions) => [{ kind: "connect" }, ...actions]);

/** What becomes of it: the first thing on the first connection decides. */
export function expectedOutcome(
  actions: readonly PeerAction[],
): "none" | "failed" | "received" {
  const open: number[] = [];
  let connections = 0;
  for (const action of actions) {
    if (action.kind === "connect") {
      open.push(connections++);
      continue;
    }
    const connection = action.kind === "close" ? open.pop() : open.at(-1);
    if (connection !== 0) continue;
    if (action.kind === "close") return "failed";
    const isOneTerminal = action.fds.length === 1 && action.fds[0] === "master";
    return isOneTerminal && action.bytes < 4096 ? "received" : "failed";
  }
  return "none";
}

/** The peer: does what it is told, and has its descriptors closed at the end. */
export class Peer implements Disposable {
  readonly #path: string;
  readonly #connections: number[] = [];
  readonly #others: number[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  act(action: PeerAction): void {
    switch (action.kind) {
      case "connect":
        this.#connections.push(connect(this.#path));
        break;
      case "close": {
        const connection = this.#connections.pop();
        if (connection !== undefined) close(connection);
        break;
      }
      case "send": {
        const connection = this.#connections.at(-1);
        if (connection === undefined) return;
        const opened = new Map<FdKind, number>();
        const fds = action.fds.map((kind) => {
          const fd = opened.get(kind) ?? this.#open(kind);
          opened.set(kind, fd);
          return fd;
        });
        send(connection, new Uint8Array(action.bytes).fill(0x61), fds);
      }
    }
  }

  #open(kind: FdKind): number {
    const fd = open(FILES[kind], kind === "directory" ? O.RDONLY : O.RDWR);
    this.#others.push(fd);
    return fd;
  }

  /** Hangs up the connection that counts. */
  closeFirst(): void {
    const connection = this.#connections.shift();
    if (connection !== undefined) close(connection);
  }

  [Symbol.dispose](): void {
    for (const fd of [...this.#connections, ...this.#others]) close(fd);
  }
}

/** What a console socket holds to, whoever connects. */
export const consoleProperties: readonly FuzzProperty[] = [
  property({
    name: "the console socket takes one terminal, and keeps nothing else",
    cases: 400,
    arbitraries: [peerActions],
    check: (actions: PeerAction[]) => {
      using directory = new TempDir();
      using _tmp = new Variable("TMPDIR", directory.path);
      const before = fdsNow();
      const found = play(actions);
      strictEqual(found.outcome, expectedOutcome(actions));
      strictEqual(found.terminals, found.outcome === "received" ? 1 : 0);
      deepStrictEqual(fdsNow(), before);
      deepStrictEqual([...Deno.readDirSync(directory.path)], []);
    },
  }),
];

function play(
  actions: readonly PeerAction[],
): { outcome: "none" | "failed" | "received"; terminals: number } {
  using cleanUp = new DisposableStack();
  let terminals = 0;
  const loop = newLoop();
  const socket = cleanUp.use(
    new ConsoleSocket(loop, (master) => {
      terminals++;
      cleanUp.use(master);
    }),
  );
  const peer = cleanUp.use(new Peer(socket.path));
  for (const action of actions) {
    // Once it has served it is gone.
    if (socket.outcome !== undefined) break;
    peer.act(action);
    // Accept, and then take what the connection has brought.
    loop.turn(0);
    loop.turn(0);
  }
  return { outcome: socket.outcome?.kind ?? "none", terminals };
}
