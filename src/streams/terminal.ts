import { type Fd, setNonblocking } from "../../ffi/fd.ts";
import {
  openSlave,
  setWindowSize,
  slaveNumber,
  type WindowSize,
} from "../../ffi/pty.ts";
import { type HeldFifo, openInput, openOutput } from "../daemon/fifo.ts";
import type { Outputs } from "../processes/holders.ts";
import { Relay } from "./relay.ts";
import { type Relaying, spoolFor, type StdioSource } from "./relaying.ts";

/** A pty while it is relayed. */
interface Attached {
  owned: DisposableStack;
  master: Fd;
  /** Keeps the terminal from hanging up while the container lives. */
  slave: Fd | undefined;
  output: Relay;
  input: Relay | undefined;
}

/** A terminal, whose master is relayed to and from two FIFOs. */
export class Terminal implements Disposable {
  readonly kind = "terminal";
  readonly #owned = new DisposableStack();
  readonly #source: StdioSource;
  readonly #relaying: Relaying;
  readonly #input: HeldFifo;
  readonly #output: HeldFifo;
  #attached: Attached | undefined;
  #size: WindowSize | undefined;

  /**
   * Opens the FIFOs; the terminal follows with `attach`. A terminal has no
   * stderr of its own, so that path is not touched.
   *
   * @throws {SystemError}
   * @throws {Error} when the daemon does not read stdout
   */
  constructor(source: StdioSource, relaying: Relaying) {
    using owned = new DisposableStack();
    this.#source = source;
    this.#relaying = relaying;
    const { stdin, stdout, reader } = source;
    this.#input = owned.use(openInput(stdin));
    this.#output = owned.use(
      openOutput(stdout, "stdout", reader, relaying.waiting),
    );
    this.#owned.use(owned.move());
  }

  /**
   * Takes over the pty master and relays it from now on.
   *
   * The slave is held as well. When the last slave closes, the master reports
   * a hang-up until it is opened again; that happens to a container whose init
   * closes its terminal for a moment (systemd does), and is not the end of its
   * output.
   *
   * @param slave if it is open already
   * @param input `at once`, or only when a container shows: by its first word,
   *   or because it has `started`. What is typed is not to be lost to a
   *   terminal that no container will have.
   * @throws {SystemError}
   */
  attach(
    master: Fd,
    slave = openSlave(master),
    input: "at once" | "to a container" = "at once",
  ): void {
    using attaching = new DisposableStack();
    attaching.use(master);
    if (slave !== undefined) attaching.use(slave);
    setNonblocking(master);
    if (this.#size !== undefined) setWindowSize(master, this.#size);
    const { loop, warn } = this.#relaying;
    const spool = spoolFor(this.#relaying, attaching);
    const owned = attaching.move();
    const output = new Relay(loop, {
      from: master,
      to: this.#output.end,
      source: "the container's terminal",
      sink: `stdout "${this.#source.stdout}"`,
      spool,
      brokenSink: "void",
      first: () => this.#startInput(),
      ended: () => {},
      failed: warn,
    });
    owned.defer(() => output.stop());
    this.#attached = { owned, master, slave, output, input: undefined };
    if (input === "at once") this.#startInput();
  }

  #startInput(): void {
    const attached = this.#attached;
    if (attached === undefined || attached.input !== undefined) return;
    const input = new Relay(this.#relaying.loop, {
      from: this.#input.end,
      to: attached.master,
      source: `stdin "${this.#source.stdin}"`,
      sink: "the container's terminal",
      brokenSink: "gone",
      ended: () => {},
      failed: this.#relaying.warn,
    });
    attached.input = input;
    attached.owned.defer(() => input.stop());
  }

  /** Gives up the terminal that was attached last, if any. */
  detach(): void {
    this.#attached?.owned.dispose();
    this.#attached = undefined;
  }

  /** A container has this terminal. */
  started(): void {
    this.#startInput();
  }

  /** The container gets neither ^D nor a hang-up from this. */
  closeStdin(): void {
    this.#input.holder?.close();
  }

  /** Sets the size now, or when the terminal is there. */
  resize(size: WindowSize): void {
    this.#size = size;
    const master = this.#attached?.master;
    if (master !== undefined && !master.closed) setWindowSize(master, size);
  }

  /** From now on the last slave that closes is the end of the output. */
  initEnded(): void {
    this.#attached?.slave?.close();
  }

  get outputs(): Outputs {
    const master = this.#attached?.master;
    return {
      pipes: [],
      terminal: master === undefined ? undefined : slaveNumber(master),
    };
  }

  /** Something was written to it. */
  get written(): boolean {
    return this.#attached?.output.begun ?? false;
  }

  get drained(): boolean {
    return this.#attached?.output.ended ?? true;
  }

  get undelivered(): boolean {
    return this.#attached?.output.undelivered ?? false;
  }

  [Symbol.dispose](): void {
    this.detach();
    this.#owned.dispose();
  }
}
