import { type Fd, setNonblocking } from "../../ffi/fd.ts";
import { openSlave, setWindowSize, type WindowSize } from "../../ffi/pty.ts";
import { type HeldFifo, openInput, openOutput } from "../daemon/fifo.ts";
import { Relay } from "./relay.ts";
import { type Relaying, spoolFor, type StdioSource } from "./stdio.ts";

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

/** What an open file is, to recognise it elsewhere; only for messages. */
function identityOf(fd: Fd): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(`/proc/self/fd/${fd.raw}`);
  } catch {
    return undefined;
  }
}
