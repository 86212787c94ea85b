import { PROJECT } from "./build.ts";
import { Run, type SetupOptions } from "./harness.ts";
import { statOrNone } from "./look.ts";

/** The bundle that `make rootfs` makes: busybox as the root file system. */
export const BUNDLE = Deno.env.get("BUNDLE") ?? `${PROJECT}/build/bundle`;

/** The real runtime: `RUNC` in the environment, or runc from PATH. */
export const RUNC = Deno.env.get("RUNC") ?? fromPath("runc");

function fromPath(name: string): string {
  const places = (Deno.env.get("PATH") ?? "").split(":").concat("/usr/sbin");
  return places.map((dir) => `${dir}/${name}`)
    .find((path) => statOrNone(path)?.isFile) ?? name;
}

export interface ContainerOptions {
  args: readonly string[];
  terminal?: boolean;
  /** What the daemon opens before the shim starts, as in `Run.setup`. */
  readers?: SetupOptions["readers"];
  shim?: string;
  /** The container's own namespaces; the rest it shares with the host. */
  namespaces?: readonly string[];
  /** Changes the bundle's config. */
  // deno-lint-ignore no-explicit-any
  configure?: (config: any) => void;
  /** Laid over the usual process.json. */
  process?: Record<string, unknown>;
}

/**
 * A container of the real runc behind a shim, as containerd runs it: the shim
 * calls `create`, this calls `start`. Disposing it removes the container.
 */
export class Container implements AsyncDisposable {
  /** The shim of the container's init. */
  readonly run: Run;
  readonly id: string;
  readonly #root: string;
  #execs = 0;

  constructor(options: ContainerOptions) {
    // Before there is anything to be removed: the bundle may be missing.
    const config = configOf(options);
    this.run = new Run({ shim: options.shim });
    this.id = `shim-test-${crypto.randomUUID().slice(0, 8)}`;
    this.run.id = this.id;
    this.#root = `${this.run.root}/runc`;
    this.run.setup({
      terminal: options.terminal,
      readers: options.readers,
      process: { runtimeArgs: this.#runtimeArgs, ...options.process },
      installRuntime: false,
    });
    Deno.writeTextFileSync(`${this.run.bundle}/config.json`, config);
  }

  // A state directory of its own: nothing of the machine's containers is met.
  get #runtimeArgs(): string[] {
    return ["--root", this.#root];
  }

  /** Starts the shim; resolves when the shim's `create` has come back. */
  async create(): Promise<void> {
    await this.run.start({ args: [this.id, this.run.bundle, RUNC] });
    await this.#created(this.run);
  }

  // The runtime writes `pid` near its end: what counts is its state.
  async #created(run: Run): Promise<void> {
    await run.until(
      () => run.exited || Boolean(run.stateFile("pid")),
      "runc has written the pid",
    );
  }

  /** `create` if that is still to be done, then what containerd does next. */
  async start(): Promise<void> {
    if (this.run.exit.kind === "none") await this.create();
    if (this.run.exited) {
      const log = (name: string) => this.run.stateFile(name) ?? "";
      const why = `${log("shim-log.json")}; ${log("log.json")}`;
      throw new Error(`No container: ${why}`);
    }
    const { success, text } = await this.runc("start", this.id);
    if (!success) throw new Error(`runc start failed: ${text}`);
  }

  /** Starts another process in the container, with a shim of its own. */
  async exec(
    args: readonly string[],
    { terminal = false }: { terminal?: boolean } = {},
  ): Promise<Run> {
    const run = this.run.another(`exec-${++this.#execs}`);
    run.id = this.id;
    const env = ["PATH=/bin:/sbin", "TERM=xterm"];
    const process = { exec: true, runtimeArgs: this.#runtimeArgs, args, env };
    run.setup({ terminal, process, installRuntime: false });
    await run.start({ args: [this.id, this.run.bundle, RUNC] });
    await this.#created(run);
    return run;
  }

  /** Until runc has come back, and a shim watches over its process. */
  async untilWatched(run: Run = this.run): Promise<void> {
    await run.until(
      () =>
        !run.children().some(({ comm }) => comm.startsWith("runc")) &&
        run.process(run.pid)?.state === "S",
      "the shim watches over its process",
    );
  }

  /** The pid that runc wrote for a shim's process. */
  pid(run: Run = this.run): number {
    return Number(Deno.readTextFileSync(`${run.state}/pid`));
  }

  exitStatus(run: Run = this.run): string {
    return Deno.readTextFileSync(`${run.state}/exitStatus`);
  }

  /** Calls runc on this container's state directory. */
  async runc(...args: string[]): Promise<{ success: boolean; text: string }> {
    const result = await new Deno.Command(RUNC, {
      args: [...this.#runtimeArgs, ...args],
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    const text = decoder.decode(result.stdout) + decoder.decode(result.stderr);
    return { success: result.success, text };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      // The test may have ended in the middle of the container's life.
      await this.runc("delete", "--force", this.id);
    } finally {
      await this.run[Symbol.asyncDispose]();
    }
  }
}

/** The root file system is shared and read-only, the config is its own. */
function configOf(options: ContainerOptions): string {
  const { args, terminal = false, namespaces } = options;
  const config = JSON.parse(Deno.readTextFileSync(`${BUNDLE}/config.json`));
  Object.assign(config.process, { args, terminal });
  Object.assign(config.root, { path: `${BUNDLE}/rootfs`, readonly: true });
  if (namespaces) {
    config.linux.namespaces = namespaces.map((type) => ({ type }));
  }
  options.configure?.(config);
  return JSON.stringify(config);
}
