import { compiled } from "./build.ts";
import { close, mkfifo, O, open, POLL, read, write } from "./posix.ts";
import type { Pump, Source } from "./pump.ts";
import type { Timeline } from "./timeline.ts";

/** How a program is or ended. */
export type ProgramState =
  | { kind: "none" }
  | { kind: "running" }
  | { kind: "code"; code: number }
  | { kind: "signal"; signal: number };

/**
 * The process that stands between a run and its program: keeper.c says what
 * it is for.
 */
export class Keeper implements Source {
  readonly fd: number;
  readonly #process: Deno.ChildProcess;
  readonly #commands: number;
  readonly #buffer = new Uint8Array(4096);
  #text = "";
  #left: number | undefined;
  #pid: number | undefined;
  #failed: number | undefined;
  events: number = POLL.IN;
  state: ProgramState = { kind: "none" };

  /** `directory` holds `launch`. */
  constructor(
    directory: string,
    private readonly pump: Pump,
    private readonly timeline: Timeline,
  ) {
    const commands = `${directory}/keeper-commands`;
    const events = `${directory}/keeper-events`;
    mkfifo(commands, 0o600);
    mkfifo(events, 0o600);
    // Both directions: the keeper's open of the other end never waits.
    this.#commands = open(commands, O.RDWR | O.NONBLOCK);
    this.fd = open(events, O.RDWR | O.NONBLOCK);
    this.#process = new Deno.Command(compiled("support/keeper.c"), {
      args: [directory],
      stdin: "null",
      stdout: "null",
    }).spawn();
    pump.add(this);
  }

  /** The keeper's own pid: everything of the run is below it. */
  get pid(): number {
    return this.#process.pid;
  }

  /** The program's pid. */
  async program(): Promise<number> {
    let ended: number | undefined;
    this.#process.status.then(({ code }) => ended = code);
    while (this.#pid === undefined && this.#failed === undefined) {
      if (ended !== undefined) {
        throw new Error(`The keeper has failed with exit code ${ended}`);
      }
      await this.pump.activity(10);
    }
    if (this.#failed !== undefined) {
      throw new Error(`Cannot start the program: errno ${this.#failed}`);
    }
    return this.#pid!;
  }

  ready(): void {
    const n = read(this.fd, this.#buffer);
    if (n === "EAGAIN") return;
    this.#text += new TextDecoder().decode(this.#buffer.subarray(0, n));
    for (let end; (end = this.#text.indexOf("\n")) >= 0;) {
      this.#told(this.#text.slice(0, end));
      this.#text = this.#text.slice(end + 1);
    }
  }

  #told(line: string): void {
    const [what, first, stamp] = line.split(" ");
    const detail = Number(first), t = Number(stamp) / 1e6;
    if (what === "started") {
      this.#pid = detail;
      this.state = { kind: "running" };
      this.timeline.note("started", undefined, t);
    } else if (what === "failed") {
      this.#failed = detail;
    } else if (what === "swept") {
      this.#left = detail;
    } else {
      this.state = what === "exited"
        ? { kind: "code", code: detail }
        : { kind: "signal", signal: detail };
      this.timeline.note("shim_exit", undefined, t);
    }
  }

  /** Ends every process of the run. Throws when one could not be ended. */
  async close(): Promise<void> {
    write(this.#commands, new Uint8Array(1));
    await this.#process.status;
    this.pump.flush();
    this.pump.remove(this);
    close(this.fd);
    close(this.#commands);
    if (this.#left) {
      throw new Error(`${this.#left} processes could not be ended`);
    }
  }
}
