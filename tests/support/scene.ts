import { encodeBehaviour } from "./behaviour.ts";
import { compiled, defaultShim } from "./build.ts";
import { runCommand } from "./command.ts";
import { readOrNone } from "./look.ts";
import { normalise } from "./normalise.ts";
import { mkfifo } from "./posix.ts";
import { toBytes } from "./pairs.ts";
import { defaultProcess, type SetupOptions } from "./setup.ts";
import { wrapRuntime } from "./wrapper.ts";

/** The fake runtime's file name; the recordings of other shims have it too. */
export const RUNTIME_NAME = "fakert";

/** The files around one shim: its state directory, a bundle, a fake runtime. */
export class Scene {
  readonly shim: string;
  readonly root: string;
  readonly state: string;
  readonly bundle: string;
  readonly runtimeDir: string;
  readonly io: string;
  readonly tmp: string;
  /** The fake runtime's path. */
  readonly runtime: string;
  /** A FIFO on which an init can wait: `read x < gate`. */
  readonly gatePath: string;
  /** A program that prints its window size: `<helper> winsize`. */
  readonly helper: string;
  /** The container's id. */
  id = "probe-id";
  /** Further texts that `normalise` replaces. */
  extraNames: [from: string, to: string][] = [];

  readonly #mounts: string[] = [];

  constructor(options: { shim?: string; root?: string } = {}) {
    this.shim = options.shim ?? defaultShim();
    this.root = options.root ?? Deno.makeTempDirSync({ prefix: "shim-run-" });
    this.state = `${this.root}/state`;
    this.bundle = `${this.root}/bundle`;
    this.runtimeDir = `${this.root}/rt`;
    this.io = `${this.root}/io`;
    this.tmp = `${this.root}/tmp`;
    this.runtime = `${this.runtimeDir}/${RUNTIME_NAME}`;
    this.gatePath = `${this.runtimeDir}/gate`;
    this.helper = compiled("support/keeper.c");
    for (const dir of ["state", "bundle", "rt/calls", "io", "tmp"]) {
      Deno.mkdirSync(`${this.root}/${dir}`, { recursive: true });
    }
  }

  /** Makes FIFOs, process.json and the runtime. */
  protected furnish(options: SetupOptions): void {
    const { init = "exit 0" } = options;
    const argv = typeof init === "string"
      ? ["/bin/sh", "-c", init]
      : init ?? [];
    const behaviour = encodeBehaviour(this.state, argv, options.runtime ?? {});
    Deno.writeFileSync(`${this.runtimeDir}/config`, behaviour);
    if (options.installRuntime !== false) {
      Deno.copyFileSync(compiled("support/fake_runtime.c"), this.runtime);
      Deno.chmodSync(this.runtime, 0o755);
    }
    if (options.wrap !== undefined) wrapRuntime(this, options.wrap);
    mkfifo(this.gatePath, 0o600);
    for (const name of options.stateFifos ?? ["exit", "control"]) {
      mkfifo(`${this.state}/${name}`, 0o755);
    }
    for (const name of options.ioFifos ?? ["stdin", "stdout", "stderr"]) {
      mkfifo(`${this.io}/${name}`, 0o700);
    }
    if (options.processJson === null) return;
    const usual = this.defaultProcess(options.terminal);
    this.writeProcess(options.processJson ?? { ...usual, ...options.process });
  }

  /** The process.json of a plain `docker run`. */
  defaultProcess(terminal = false): Record<string, unknown> {
    return defaultProcess(this.io, terminal);
  }

  /** An object is written as JSON; keys that are `undefined` are left out. */
  writeProcess(content: Record<string, unknown> | string | Uint8Array): void {
    const isText = typeof content === "string" || content instanceof Uint8Array;
    const text = isText ? content : JSON.stringify(content) + "\n";
    Deno.writeFileSync(`${this.state}/process.json`, toBytes(text));
  }

  makeFifo(path: string, mode = 0o600): void {
    mkfifo(path, mode);
  }

  /** Mounts a tmpfs on a directory of the root, before `setup`. */
  tmpfs(directory: string, options: string): void {
    const target = `${this.root}/${directory}`;
    runCommand("mount", ["-t", "tmpfs", "-o", options, "shim-test", target]);
    this.#mounts.push(target);
  }

  /** Changes the options of a mount: `ro`. Returns whether that worked. */
  remount(directory: string, options: string): boolean {
    const target = `${this.root}/${directory}`;
    const args = ["-o", `remount,${options}`, target];
    return new Deno.Command("mount", { args, stderr: "null" }).outputSync()
      .success;
  }

  /** The environment that a daemon gives. */
  baseEnv(): Record<string, string> {
    return {
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      HOME: "/root",
      TMPDIR: this.tmp,
    };
  }

  /** A file of the state directory, or undefined when there is none. */
  stateFile(name: string): string | undefined {
    return readOrNone(`${this.state}/${name}`);
  }

  /** The objects in shim-log.json. Throws when it is not JSON. */
  shimLog(): { level: string; msg: string }[] {
    const text = this.stateFile("shim-log.json") ?? "";
    return text.split("\n").filter((line) => line !== "").map((line) =>
      JSON.parse(line)
    );
  }

  normalise(text: string): string {
    return normalise(text, this);
  }

  /** Undoes the mounts and removes all files. */
  protected clear(): void {
    for (const mount of this.#mounts.reverse()) {
      runCommand("umount", ["-l", mount]);
    }
    Deno.removeSync(this.root, { recursive: true });
  }
}
