import { close, kill, mkfifo, O, open, write } from "../support/posix.ts";
import { helper } from "./helper.ts";
import { type Stamp, Stamps } from "./stamps.ts";
import type { Workplace } from "./workplace.ts";
import { readOrNone } from "../support/look.ts";
import { defaultProcess } from "../support/setup.ts";

export interface SessionOptions {
  /** Path of the executable. */
  shim: string;
  /**
   * What the container runs: the tool of helper.c and its arguments, in which
   * `STAMPS` and `GATE` stand for the paths of the session's own.
   */
  init: readonly string[];
  terminal?: boolean;
  /** Who reads stdout: the session (it never takes anything), or a sink. */
  stdoutReader?: "session" | "other";
  /** A cgroup.procs for the shim, and one for what the runtime starts. */
  cgroup?: { shim: string; rest: string };
}

const FIFOS = {
  state: ["exit", "control"],
  io: ["stdin", "stdout", "stderr"],
} as const;

const ID = "bench";
const ENDING = 20_000; // ms

/**
 * A shim with a runtime that does nothing and a container that is one tool of
 * helper.c: as little as possible besides the shim itself.
 */
export class Session implements AsyncDisposable {
  readonly state: string;
  readonly stamps: Stamps;
  readonly #kept: AsyncDisposable;
  readonly #root: string;
  readonly #fds: number[] = [];
  readonly #gate: number;
  readonly #shim: Deno.ChildProcess;
  #init: number | undefined;

  /** Starts the shim and does not wait for anything. */
  constructor(workplace: Workplace, options: SessionOptions) {
    this.#root = workplace.directory();
    this.state = `${this.#root}/state`;
    this.#makeFiles(options);
    this.stamps = new Stamps(`${this.#root}/runtime/stamps`);
    this.#gate = open(`${this.#root}/gate`, O.RDWR | O.NONBLOCK);
    this.#openAsDaemon(options);
    this.#shim = this.#launch(options);
    this.#kept = workplace.keep({
      [Symbol.asyncDispose]: () => this.#end(),
    });
  }

  get pid(): number {
    return this.#shim.pid;
  }

  /** The path of a FIFO of the container's stdio. */
  stream(name: "stdin" | "stdout" | "stderr"): string {
    return `${this.#root}/io/${name}`;
  }

  get gatePath(): string {
    return `${this.#root}/gate`;
  }

  /**
   * Waits until the container runs.
   *
   * @returns when the shim was executed and when the runtime was, and the
   *   processor time of the shim until then, in ms
   * @throws {Error} with the shim's log when it has ended instead
   */
  async running(): Promise<{ exec: Stamp; create: Stamp; cpu: number }> {
    let gone = false;
    this.#shim.status.then(() => gone = true);
    const take = (name: string) => this.stamps.take(name, () => gone);
    try {
      const [exec, create] = [await take("exec"), await take("create")];
      const cpu = (await take("used")).number / 1e6;
      this.#init = (await take("init")).number;
      return { exec, create, cpu };
    } catch (error) {
      const { message } = error as Error;
      const log = readOrNone(`${this.state}/shim-log.json`);
      throw new Error(`${message}. The shim's log: ${log || "empty"}`);
    }
  }

  /** Lets the container's process go on that waits at the gate. */
  openGate(): void {
    write(this.#gate, new Uint8Array(1));
  }

  #makeFiles(options: SessionOptions): void {
    for (const name of ["state", "bundle", "runtime", "io", "tmp"]) {
      Deno.mkdirSync(`${this.#root}/${name}`);
    }
    mkfifo(this.gatePath, 0o600);
    for (const name of FIFOS.state) mkfifo(`${this.state}/${name}`, 0o700);
    for (const name of FIFOS.io) mkfifo(`${this.#root}/io/${name}`, 0o700);
    Deno.writeTextFileSync(
      `${this.state}/process.json`,
      JSON.stringify(
        defaultProcess(`${this.#root}/io`, options.terminal ?? false),
      ),
    );
    Deno.copyFileSync(helper(), `${this.#root}/runtime/runtime`);
    const init = [helper(), ...options.init.map((word) => this.#word(word))];
    Deno.writeTextFileSync(
      `${this.#root}/runtime/init`,
      init.map((argument) => `${argument}\0`).join(""),
    );
    if (options.cgroup !== undefined) {
      Deno.writeTextFileSync(
        `${this.#root}/runtime/leave`,
        options.cgroup.rest,
      );
    }
  }

  #word(word: string): string {
    if (word === "STAMPS") return `${this.#root}/runtime/stamps`;
    return word === "GATE" ? this.gatePath : word;
  }

  #openAsDaemon({ stdoutReader = "session" }: SessionOptions): void {
    const reading = O.RDONLY | O.NONBLOCK;
    this.#fds.push(
      open(`${this.state}/exit`, reading),
      open(`${this.state}/control`, O.RDWR | O.NONBLOCK),
      open(this.stream("stderr"), reading),
    );
    if (stdoutReader === "session") {
      this.#fds.push(open(this.stream("stdout"), reading));
    }
  }

  #launch({ shim, cgroup }: SessionOptions): Deno.ChildProcess {
    const program = [
      shim,
      ID,
      `${this.#root}/bundle`,
      `${this.#root}/runtime/runtime`,
    ];
    return new Deno.Command(helper(), {
      args: ["launch", this.stamps.path, cgroup?.shim ?? "-", ...program],
      cwd: this.state,
      clearEnv: true,
      env: {
        PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
        TMPDIR: `${this.#root}/tmp`,
      },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  /** Kills the container and waits until the shim has followed. */
  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#kept[Symbol.asyncDispose]();
  }

  async #end(): Promise<void> {
    this.#init ??= this.stamps.taken("init")?.number;
    killIfThere(this.#init ?? this.pid);
    const timer = setTimeout(() => killIfThere(this.pid), ENDING);
    await this.#shim.status;
    clearTimeout(timer);
    for (const fd of this.#fds) close(fd);
    close(this.#gate);
    this.stamps[Symbol.dispose]();
    await Deno.remove(this.#root, { recursive: true });
  }
}

const SIGKILL = 9;

function killIfThere(pid: number): void {
  try {
    kill(pid, SIGKILL);
  } catch {
    // Has ended by itself.
  }
}
