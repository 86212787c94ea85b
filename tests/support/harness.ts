import { type Call, CallLog } from "./calls.ts";
import { DaemonSide, GENEROUS_MS } from "./daemon_side.ts";
import {
  blob,
  describeCall,
  describeFiles,
  type FileFact,
  moments,
  orderOf,
} from "./facts.ts";
import { Keeper, type ProgramState } from "./keeper.ts";
import {
  encodeLaunch,
  injected,
  type StartOptions,
  straced,
  withAdded,
} from "./launch.ts";
import { lstatOrNone, readOrNone } from "./look.ts";
import { kill, mkfifo } from "./posix.ts";
import * as processes from "./processes.ts";
import type { SetupOptions } from "./setup.ts";
import { parseStrace, type TracedCall, winsizeIoctls } from "./strace.ts";

export type { Behaviour } from "./behaviour.ts";
export type { Call } from "./calls.ts";
export type { StartOptions } from "./launch.ts";
export { RUNTIME_NAME } from "./scene.ts";
export type { IoFifo, SetupOptions, StateFifo } from "./setup.ts";
export type { StdinWriter } from "./stdin_writer.ts";

/**
 * One life of one shim, seen from outside: plays the daemon, lets a fake
 * runtime stand behind it, and notes what happens. Dispose it with
 * `await using`: that ends all its processes and removes all its files.
 */
export class Run extends DaemonSide implements AsyncDisposable {
  readonly #log = new CallLog(`${this.runtimeDir}/calls`);
  #keeper: Keeper | undefined;
  #terminal = false;
  #pid: number | undefined;

  /** Sets up, starts and waits for the end. */
  static async life(
    setup: SetupOptions = {},
    start: StartOptions = {},
  ): Promise<Run> {
    const run = new Run();
    try {
      run.setup(setup);
      await run.start(start);
      await run.untilExit();
      return run;
    } catch (error) {
      await run[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Another run below this one's root. It must be disposed of by itself. */
  another(name: string): Run {
    const root = `${this.root}/${name}`;
    return new Run({ shim: this.shim, root });
  }

  override setup(options: SetupOptions = {}): void {
    this.#terminal = options.terminal ?? false;
    super.setup(options);
  }

  // ---- the shim ------------------------------------------------------------

  /** Starts the shim in its state directory; resolves when it is executing. */
  async start(options: StartOptions = {}): Promise<void> {
    const shim = options.executable ?? this.shim;
    const args = options.args ?? [this.id, this.bundle, this.runtime];
    let executable = shim;
    let argv: (string | Uint8Array)[] = [options.argv0 ?? shim, ...args];
    if (options.strace) {
      executable = "/usr/bin/strace";
      argv = [...straced(options.strace, this.#straceLog, shim), ...args];
    }
    if (options.inject) {
      executable = "/usr/bin/strace";
      argv = [...injected(options.inject, shim), ...args];
    }
    const output = { stdout: "/dev/null", stderr: "/dev/null" };
    if (options.capture !== false) {
      for (const name of ["stdout", "stderr"] as const) {
        output[name] = `${this.root}/shim-${name}`;
        mkfifo(output[name], 0o600);
        this.attachReader(`shim_${name}`, output[name]);
      }
    }
    const launch = encodeLaunch(options, {
      executable,
      argv,
      env: withAdded(options.env ?? this.baseEnv(), options.addedEnv),
      cwd: options.cwd ?? this.state,
      output,
    });
    Deno.writeFileSync(`${this.root}/launch`, launch);
    this.#keeper = new Keeper(this.root, this.pump, this.timeline);
    this.#pid = await this.#keeper.program();
  }

  /** The shim's pid. */
  get pid(): number {
    if (this.#pid === undefined) throw new Error("The shim is not started");
    return this.#pid;
  }

  get exit(): ProgramState {
    return this.#keeper?.state ?? { kind: "none" };
  }

  /** True when the shim has ended. */
  get exited(): boolean {
    return this.exit.kind === "code" || this.exit.kind === "signal";
  }

  /** Exit code, "signal N", "still running", or null before the start. */
  shimResult(): number | string | null {
    const { exit } = this;
    switch (exit.kind) {
      case "none":
        return null;
      case "running":
        return "still running";
      case "code":
        return exit.code;
      case "signal":
        return `signal ${exit.signal}`;
      default:
        return exit satisfies never;
    }
  }

  /** Sends a signal by number, to the shim unless another pid is given. */
  sendSignal(signal: number, pid: number = this.pid): void {
    kill(pid, signal);
  }

  /** All processes of this run, but not those of another. */
  descendants(): processes.Process[] {
    return this.#keeper ? processes.descendants(this.#keeper.pid) : [];
  }

  /** A process of any run, or undefined when there is none. */
  process(pid: number): processes.Process | undefined {
    return processes.process(pid);
  }

  /** The children of a process, the dead ones too. */
  children(pid: number = this.pid): processes.Process[] {
    return processes.children(pid);
  }

  /** Processor time that a process has used, in 1/100 s. */
  cpuTicks(pid: number = this.pid): number {
    return processes.cpuTicks(pid);
  }

  /** The shim's open descriptors. */
  shimFds(): { fd: number; link: string; flags: string }[] {
    return processes.openFds(this.pid);
  }

  /** Until the shim has ended and its outputs are read to their ends. */
  async untilExit(withinMs = GENEROUS_MS): Promise<void> {
    await this.until(() => this.exited, "the shim has ended", withinMs);
    await this.waitUpTo(100, () => this.#allEnded());
  }

  /** Whether the shim ends in time; then waits for the ends of its outputs. */
  async exitsWithin(ms: number, graceMs = 100): Promise<boolean> {
    await this.waitUpTo(ms, () => this.exited);
    await this.waitUpTo(graceMs, () => this.#allEnded());
    return this.exited;
  }

  // Nobody opens the stderr of a terminal, so it does not end either.
  #allEnded(): boolean {
    return this.listening()
      .every((name) => name === "stderr" && this.#terminal);
  }

  // ---- the runtime ---------------------------------------------------------

  /** Until a call of the runtime has begun, or ended. */
  async untilCall(
    cmd: string,
    { ended = false }: { ended?: boolean } = {},
  ): Promise<Call> {
    const find = () =>
      this.calls().find((call) =>
        (call.cmd === cmd || (cmd === "create" && call.cmd === "start")) &&
        (!ended || call.tEnd !== undefined)
      );
    const what = `the runtime's ${cmd} has ${ended ? "ended" : "begun"}`;
    await this.until(() => find() !== undefined, what);
    return find()!;
  }

  /**
   * Until the runtime has come back and the shim watches over the container.
   * That it sleeps shows that it has read the pid file.
   */
  async untilRunning(): Promise<void> {
    const isStarter = (call: Call) =>
      /create|start|exec|restore/.test(call.cmd);
    await this.until(
      () => {
        const call = this.calls().findLast(isStarter);
        return call?.tEnd !== undefined && !this.process(call.pid) &&
          this.process(this.pid)?.state === "S";
      },
      "the shim watches over the container",
    );
  }

  /** The pid of the init that the runtime started. */
  async initPid(): Promise<number> {
    await this.until(
      () => this.#initPidText() !== undefined,
      "there is an init",
    );
    return Number(this.#initPidText());
  }

  #initPidText(): string | undefined {
    return readOrNone(`${this.runtimeDir}/initpid`);
  }

  /** The runtime's calls so far. */
  calls(): Call[] {
    return this.#log.read();
  }

  /** Mode and owner of the terminal that `--console` named last. */
  slave(): Call["slave"] {
    return this.calls().findLast((call) => call.slave)?.slave;
  }

  /** Mode and owner of the socket that `--console-socket` named last. */
  socket(): Call["socket"] {
    return this.calls().findLast((call) => call.socket)?.socket;
  }

  /** The state directory's files. */
  files(): Record<string, FileFact> {
    if (!lstatOrNone(this.state)) return {};
    const init = this.#initPidText()?.trim();
    return describeFiles(this.state, init, (text) => this.normalise(text));
  }

  /** Names of calls, their ends, exitStatus, exit_eof and shim_exit in order. */
  order(): string[] {
    const exit = `${this.state}/exit`;
    return orderOf(moments(this.events, this.calls(), exit));
  }

  /** What a runtime call was given, without what differs from run to run. */
  attrs(call: Call): Record<string, unknown> {
    return describeCall(call, this.#pid, (text) => this.normalise(text));
  }

  // ---- facts ---------------------------------------------------------------

  /** All there is to say about the run, without what differs from run to run. */
  facts(extra: Record<string, unknown> = {}): Record<string, unknown> {
    this.pump.flush();
    const facts: Record<string, unknown> = { shim_exit: this.shimResult() };
    for (const name of ["shim_stdout", "shim_stderr"]) {
      facts[name] = this.#ownWords(name);
    }
    facts.runtime_calls = this.calls().map(({ cmd, argv }) => ({
      cmd,
      argv: argv.map((arg) => this.normalise(arg)),
    }));
    facts.order = this.order();
    facts.files = this.files();
    for (const name of ["stdout", "stderr"]) {
      if (this.wasRead(name)) facts[name] = this.#blob(name);
    }
    if (this.output("exit").length > 0) {
      facts.exit_fifo_bytes = this.#blob("exit");
    }
    const left = [...Deno.readDirSync(this.tmp)]
      .map(({ name }) => name.replaceAll(/\d+/g, "<RANDOM>")).sort();
    if (left.length > 0) facts.tmpdir_left = left;
    return { ...facts, ...extra };
  }

  #blob(output: string): string | { len: number; sha256: string } {
    return blob(this.output(output), (text) => this.normalise(text));
  }

  #ownWords(name: string): string | { len: number } {
    const text = this.normalise(this.text(name));
    if (text.includes("goroutine ")) {
      return `${text.split("\n")[0]} ...<go trace>`;
    }
    return text.length < 3000 ? text : { len: text.length };
  }

  get #straceLog(): string {
    return `${this.root}/strace`;
  }

  /** The system calls of a shim that was started with `strace` and has ended. */
  async straceLines(): Promise<TracedCall[]> {
    // strace ends after the program that it traces.
    await this.until(
      () =>
        !this.descendants().some(({ comm, state }) =>
          comm === "strace" && state !== "Z"
        ),
      "strace has ended",
    );
    return this.straceSoFar();
  }

  /** Those of a shim that may still run. */
  straceSoFar(): TracedCall[] {
    return parseStrace(Deno.readTextFileSync(this.#straceLog), this.pid);
  }

  /** The window sizes that a traced shim has set. */
  async winsizeIoctls(): Promise<string[]> {
    return winsizeIoctls(await this.straceLines());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#keeper?.close();
    } finally {
      await this.leave();
      this.clear();
    }
  }
}
