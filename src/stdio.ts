import type { Fd } from "../ffi/fd.ts";
import { changeOwner, pipe, setNonblocking } from "../ffi/fd.ts";
import { openSlave, setWindowSize, type WindowSize } from "../ffi/pty.ts";
import type { EventLoop } from "./event_loop.ts";
import { HeldFifo, openInput, openOutput } from "./fifo.ts";
import { Relay } from "./relay.ts";
import { Spool, type SpoolSetting } from "./spool.ts";

/** The paths in process.json, and who owns what the container is given. */
export interface StdioSource {
  stdin: string;
  stdout: string;
  stderr: string;
  rootUid: number;
  rootGid: number;
}

/** What the container's streams are made of and where they go. */
export type Stdio = PipedStdio | TerminalStdio;

/** What the relays of a container have in common. */
export interface Relaying {
  loop: EventLoop;
  spool: SpoolSetting | undefined;
  warn: (message: string) => void;
}

function spoolFor(
  { spool: setting, warn }: Relaying,
  owned: DisposableStack,
): Spool | undefined {
  if (setting === undefined) return undefined;
  const spool = new Spool(setting, warn);
  owned.defer(() => spool.close());
  return spool;
}

/** What an open file is, to recognise it elsewhere; only for messages. */
function identityOf(fd: Fd): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(`/proc/self/fd/${fd.raw}`);
  } catch {
    return undefined;
  }
}

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

/** A terminal, whose master is relayed to and from two FIFOs. */
export class TerminalStdio implements Disposable {
  readonly kind = "terminal";
  readonly #owned = new DisposableStack();
  #input: HeldFifo;
  #output: HeldFifo;
  #relay: Relay | undefined;
  #master: Fd | undefined;
  /** Keeps the terminal from hanging up while the container lives. */
  #slave: Fd | undefined;
  #terminal: Deno.FileInfo | undefined;
  #size: WindowSize | undefined;

  private constructor(
    private readonly source: StdioSource,
    private readonly relaying: Relaying,
    input: HeldFifo,
    output: HeldFifo,
  ) {
    this.#input = this.#owned.use(input);
    this.#output = this.#owned.use(output);
  }

  /**
   * Opens the FIFOs; the terminal follows with `attach`. A terminal has no
   * stderr of its own, so that path is not touched.
   *
   * @param deadline for the daemon to open its end, as `performance.now()`
   * @throws {SystemError}
   * @throws {Error} when the daemon does not read stdout
   */
  static async open(
    source: StdioSource,
    relaying: Relaying,
    deadline: number,
  ): Promise<TerminalStdio> {
    const input = openInput(source.stdin);
    try {
      const output = await openOutput(source.stdout, "stdout", deadline);
      return new TerminalStdio(source, relaying, input, output);
    } catch (error) {
      input[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Takes over the pty master and relays it.
   *
   * The shim opens the slave as well. When the last slave closes, the master
   * reports a hang-up until it is opened again; that happens to a container
   * whose init closes its terminal for a moment (systemd does), and is not
   * the end of its output.
   *
   * @throws {SystemError}
   */
  attach(master: Fd): void {
    this.#owned.use(master);
    setNonblocking(master);
    this.#master = master;
    this.#slave = openSlave(master);
    if (this.#slave !== undefined) {
      this.#owned.use(this.#slave);
      this.#terminal = identityOf(this.#slave);
    }
    if (this.#size !== undefined) setWindowSize(master, this.#size);
    const { loop, warn } = this.relaying;
    this.#relay = new Relay(loop, {
      from: master,
      to: this.#output.end,
      source: "the container's terminal",
      sink: `stdout "${this.source.stdout}"`,
      spool: spoolFor(this.relaying, this.#owned),
      ended: () => {},
      failed: warn,
    });
    new Relay(loop, {
      from: this.#input.end,
      to: master,
      source: `stdin "${this.source.stdin}"`,
      sink: "the container's terminal",
      ended: () => {},
      failed: warn,
    });
  }

  runtimeStarted(): void {}

  /** The container gets neither ^D nor a hang-up from this. */
  closeStdin(): void {
    this.#input.holder?.close();
  }

  /** Sets the size now, or when the terminal is there. */
  resize(size: WindowSize): void {
    this.#size = size;
    if (this.#master !== undefined && !this.#master.closed) {
      setWindowSize(this.#master, size);
    }
  }

  /** Tells whether a descriptor of some process is the container's terminal. */
  outputMatcher(): (descriptor: string, target: string) => boolean {
    const own = this.#terminal;
    return (descriptor, target) => {
      // The same name may be another terminal in another mount namespace.
      if (own === undefined || !target.startsWith("/dev/")) return false;
      const { ino, dev, rdev } = Deno.statSync(descriptor);
      return ino === own.ino && dev === own.dev && rdev === own.rdev;
    };
  }

  /** From now on the last slave that closes is the end of the output. */
  initEnded(): void {
    this.#slave?.close();
  }

  get drained(): boolean {
    return this.#relay === undefined || this.#relay.ended;
  }

  get unread(): number {
    return this.#output.unread;
  }

  get waiting(): boolean {
    return this.#relay !== undefined && this.#relay.waiting;
  }

  [Symbol.dispose](): void {
    this.#owned.dispose();
  }
}
