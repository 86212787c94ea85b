import { changeOwner, type Fd, pipe, setNonblocking } from "../../ffi/fd.ts";
import type { WindowSize } from "../../ffi/pty.ts";
import { type HeldFifo, openInput, openOutput } from "../daemon/fifo.ts";
import { Relay } from "./relay.ts";
import { type Relaying, spoolFor, type StdioSource } from "./stdio.ts";

/** Three pipes, relayed to and from the daemon's FIFOs. */
export class PipedStdio implements Disposable {
  readonly kind = "pipes";
  readonly #owned = new DisposableStack();
  readonly #toContainer: Fd[] = [];
  readonly #outputs: { from: Fd; relay: Relay }[] = [];
  readonly #fifos: HeldFifo[] = [];
  #input!: { fifo: HeldFifo; pipe: Fd };
  /** The container's ends: fds 0, 1 and 2 of the runtime. */
  readonly runtimeEnds: Fd[] = [];

  private constructor() {}

  /**
   * Creates the pipes, opens the FIFOs and starts to relay.
   *
   * @param deadline for the daemon to open its ends, as `performance.now()`
   * @throws {SystemError}
   * @throws {Error} when the daemon does not read stdout or stderr
   */
  static async open(
    source: StdioSource,
    relaying: Relaying,
    deadline: number,
  ): Promise<PipedStdio> {
    const stdio = new PipedStdio();
    try {
      await stdio.#open(source, relaying, deadline);
      return stdio;
    } catch (error) {
      stdio[Symbol.dispose]();
      throw error;
    }
  }

  async #open(
    source: StdioSource,
    relaying: Relaying,
    deadline: number,
  ): Promise<void> {
    const { loop, warn } = relaying;
    const input = this.#owned.use(openInput(source.stdin));
    const { rootUid, rootGid } = source;
    const [stdin, stdout, stderr] = (["stdin", "stdout", "stderr"] as const)
      .map((name) => {
        const ends = pipe(name);
        this.#owned.use(ends.readEnd);
        this.#owned.use(ends.writeEnd);
        changeOwner(ends.readEnd, rootUid, rootGid, `the ${name} pipe`);
        return ends;
      });
    this.runtimeEnds.push(stdin.readEnd, stdout.writeEnd, stderr.writeEnd);
    this.#toContainer.push(stdout.writeEnd, stderr.writeEnd);

    for (const name of ["stdout", "stderr"] as const) {
      const path = source[name];
      const fifo = this.#owned.use(await openOutput(path, name, deadline));
      this.#fifos.push(fifo);
      const from = (name === "stdout" ? stdout : stderr).readEnd;
      setNonblocking(from);
      const relay = new Relay(loop, {
        from,
        to: fifo.end,
        source: `the container's ${name}`,
        sink: `${name} "${path}"`,
        spool: spoolFor(relaying, this.#owned),
        enlarge: true,
        ended: () => from.close(),
        failed: warn,
      });
      this.#outputs.push({ from, relay });
    }

    // The shim keeps the container's end of the pipe too: a container that
    // closes its stdin must not make the relay fail.
    setNonblocking(stdin.writeEnd);
    this.#input = { fifo: input, pipe: stdin.writeEnd };
    new Relay(loop, {
      from: input.end,
      to: stdin.writeEnd,
      source: `stdin "${source.stdin}"`,
      sink: "the container's stdin",
      ended: () => {
        stdin.writeEnd.close();
        input[Symbol.dispose]();
      },
      failed: warn,
    });
  }

  /** Lets go of what only the runtime may hold, or output would never end. */
  runtimeStarted(): void {
    for (const fd of this.#toContainer) fd.close();
  }

  /** The daemon is done with stdin: it ends when its last writer is gone. */
  closeStdin(): void {
    this.#input.fifo.holder?.close();
  }

  /** Tells whether a descriptor of some process is one of the output pipes. */
  outputMatcher(): (descriptor: string, target: string) => boolean {
    const pipes = this.#outputs.filter(({ from }) => !from.closed)
      .map(({ from }) => Deno.readLinkSync(`/proc/self/fd/${from.raw}`));
    return (_, target) => pipes.includes(target);
  }

  /** Without a terminal there is nothing to resize. */
  resize(_size: WindowSize): void {}

  initEnded(): void {}

  get drained(): boolean {
    return this.#outputs.every(({ relay }) => relay.ended);
  }

  /** The most that waits in one of the FIFOs for the daemon, in bytes. */
  get unread(): number {
    return Math.max(...this.#fifos.map((fifo) => fifo.unread));
  }

  /** Output that has been written is still on its way. */
  get waiting(): boolean {
    return this.#outputs.some(({ relay }) => relay.waiting);
  }

  [Symbol.dispose](): void {
    this.#owned.dispose();
  }
}
