import { changeOwner, type Fd, pipe, setNonblocking } from "../../ffi/fd.ts";
import { linkText } from "../../ffi/path.ts";
import type { WindowSize } from "../../ffi/pty.ts";
import { type HeldFifo, openInput, openOutput } from "../daemon/fifo.ts";
import type { Outputs } from "../processes/holders.ts";
import { Relay } from "./relay.ts";
import { type Relaying, spoolFor, type StdioSource } from "./relaying.ts";

/** Three pipes, relayed to and from the daemon's FIFOs. */
export class Pipes implements Disposable {
  readonly kind = "pipes";
  readonly #owned = new DisposableStack();
  readonly #toContainer: Fd[] = [];
  readonly #outputs: { from: Fd; relay: Relay }[] = [];
  readonly #input: HeldFifo;
  /** The container's ends: fds 0, 1 and 2 of the runtime. */
  readonly runtimeEnds: readonly [Fd, Fd, Fd];

  /**
   * Creates the pipes, opens the FIFOs and starts to relay.
   *
   * @param first told of the first bytes of stdout; "hold" holds them back
   *   until `letGo`
   * @throws {SystemError}
   * @throws {Error} when the daemon does not read stdout or stderr
   */
  constructor(
    source: StdioSource,
    relaying: Relaying,
    first?: (bytes: Uint8Array) => "hold" | void,
  ) {
    using owned = new DisposableStack();
    this.#input = owned.use(openInput(source.stdin));
    const [stdin, stdout, stderr] = (["stdin", "stdout", "stderr"] as const)
      .map((name) => {
        const ends = pipe(name);
        owned.use(ends.readEnd);
        owned.use(ends.writeEnd);
        const { rootUid, rootGid } = source;
        changeOwner(ends.readEnd, rootUid, rootGid, `the ${name} pipe`);
        return ends;
      });
    this.runtimeEnds = [stdin.readEnd, stdout.writeEnd, stderr.writeEnd];
    this.#toContainer.push(stdout.writeEnd, stderr.writeEnd);

    const { loop, warn, waiting } = relaying;
    const outputs = { stdout, stderr };
    for (const name of ["stdout", "stderr"] as const) {
      const path = source[name];
      const fifo = owned.use(openOutput(path, name, source.reader, waiting));
      const from = outputs[name].readEnd;
      setNonblocking(from);
      const relay = new Relay(loop, {
        from,
        to: fifo.end,
        source: `the container's ${name}`,
        sink: `${name} "${path}"`,
        spool: spoolFor(relaying, owned),
        brokenSink: "void",
        first: name === "stdout" ? first : undefined,
        ended: () => from.close(),
        failed: warn,
      });
      this.#outputs.push({ from, relay });
    }

    // The shim keeps the container's end of the pipe too: a container that
    // closes its stdin must not make the relay fail.
    setNonblocking(stdin.writeEnd);
    new Relay(loop, {
      from: this.#input.end,
      to: stdin.writeEnd,
      source: `stdin "${source.stdin}"`,
      sink: "the container's stdin",
      brokenSink: "gone",
      ended: () => {
        stdin.writeEnd.close();
        this.#input[Symbol.dispose]();
      },
      failed: warn,
    });
    this.#owned.use(owned.move());
  }

  /** What has been held back of stdout; see the constructor. */
  get heldBack(): Uint8Array {
    return this.#outputs[0].relay.heldBack;
  }

  letGo(decision: "deliver" | "drop"): void {
    this.#outputs[0].relay.letGo(decision);
  }

  /** Lets go of what only the container may hold, or output would not end. */
  started(): void {
    for (const fd of this.#toContainer) fd.close();
  }

  /** The daemon is done with stdin: it ends when its last writer is gone. */
  closeStdin(): void {
    this.#input.holder?.close();
  }

  /** Without a terminal there is nothing to resize. */
  resize(_size: WindowSize): void {}

  /** If that has failed before: nobody needs them now. */
  initEnded(): void {
    this.started();
  }

  /** How to recognise what has not ended yet in the hands of a process. */
  get outputs(): Outputs {
    const pipes = this.#outputs.filter(({ from }) => !from.closed)
      .map(({ from }) => linkText(`/proc/self/fd/${from.raw}`))
      .filter((link) => link !== undefined);
    return { pipes, terminal: undefined };
  }

  get drained(): boolean {
    return this.#outputs.every(({ relay }) => relay.ended);
  }

  /** Output that has been written is still on its way. */
  get undelivered(): boolean {
    return this.#outputs.some(({ relay }) => relay.undelivered);
  }

  [Symbol.dispose](): void {
    this.#owned.dispose();
  }
}
