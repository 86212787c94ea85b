import { compiled, PROJECT } from "../support/build.ts";
import { Run, type StartOptions } from "../support/harness.ts";
import { isThere } from "../support/look.ts";
import { encodePairs, type Pair } from "../support/pairs.ts";
import type { SetupOptions } from "../support/setup.ts";

/** What another host has. */
export interface HostOptions {
  /** What its root directory holds besides a static busybox; undefined for the root that is there. */
  root?: "nothing" | { copyOf: string };
  /** The program, as a path there. */
  program: string;
  /** Its argv[0], when that is not what the caller gives. */
  argv0?: string;
  /** A file or directory, by the path that it has there. */
  mounts?: Record<string, string>;
  /** Directories of this host that are empty there. */
  hide?: readonly string[];
  /** No memory that was writable becomes executable; Linux 6.3. */
  denyWriteExecute?: boolean;
  /** It adopts orphans, whether the program asks for that or not. */
  subreaper?: boolean;
  /** No system call newer than Linux 3.10. */
  oldKernel?: boolean;
}

/**
 * Another host to start the shim on: what `shim` names enters it and becomes
 * the program there. It sees the processes and devices of this one, and the
 * directory of a run at the same path.
 */
export class Host implements Disposable {
  readonly #directory = Deno.makeTempDirSync({ prefix: "shim-host-" });
  readonly #options: HostOptions;
  /** To be started in place of the program. */
  readonly shim = `${this.#directory}/docker-containerd-shim`;

  constructor(options: HostOptions) {
    this.#options = options;
    Deno.copyFileSync(compiled("hosts/elsewhere.c"), this.shim);
    if (options.root !== undefined) this.#furnish(options.root);
    this.#configure([]);
  }

  get root(): string {
    return `${this.#directory}/root`;
  }

  #furnish(root: "nothing" | { copyOf: string }): void {
    if (root === "nothing") Deno.mkdirSync(this.root);
    else command("cp", ["-a", root.copyOf, this.root]);
    for (const name of ["bin", "dev", "proc", "tmp"]) {
      Deno.mkdirSync(`${this.root}/${name}`, { recursive: true });
    }
    command("cp", [busybox(), `${this.root}/bin/busybox`]);
    command("chroot", [this.root, "/bin/busybox", "--install", "-s", "/bin"]);
  }

  #configure(directories: readonly string[]): void {
    const { program, argv0, oldKernel, subreaper, mounts = {} } = this.#options;
    const { hide = [], denyWriteExecute } = this.#options;
    const pairs: Pair[] = [["program", program]];
    if (argv0 !== undefined) pairs.push(["argv0", argv0]);
    if (oldKernel) pairs.push(["oldKernel", 1]);
    if (subreaper) pairs.push(["subreaper", 1]);
    if (denyWriteExecute) pairs.push(["denyWriteExecute", 1]);
    for (const path of hide) pairs.push(["hide", path]);
    if (this.#options.root !== undefined) {
      pairs.push(["root", this.root]);
      for (const path of ["/dev", "/proc", ...directories]) {
        pairs.push(["bind", path]);
      }
      for (const [there, here] of Object.entries(mounts)) {
        pairs.push(["bindTo", here], ["at", there]);
      }
    }
    Deno.writeFileSync(`${this.#directory}/elsewhere`, encodePairs(pairs));
  }

  /** A run with its shim on this host. It must be disposed of by itself. */
  async start(
    setup: SetupOptions,
    options: StartOptions = {},
    prepare: (run: Run) => void = () => {},
  ): Promise<Run> {
    await using owned = new AsyncDisposableStack();
    const run = owned.use(new Run({ shim: this.shim }));
    run.setup(setup);
    prepare(run);
    this.#configure([run.root, `${PROJECT}/build/tests`]);
    await run.start(options);
    owned.move();
    return run;
  }

  async life(setup: SetupOptions, options: StartOptions = {}): Promise<Run> {
    await using owned = new AsyncDisposableStack();
    const run = owned.use(await this.start(setup, options));
    await run.untilExit();
    owned.move();
    return run;
  }

  /** What the program prints on this host, and its exit code. */
  async call(
    args: readonly string[],
    directories: readonly string[] = [],
  ): Promise<{ code: number; text: string }> {
    this.#configure(directories);
    const { code, stdout, stderr } = await new Deno.Command(this.shim, {
      args: [...args],
      stdin: "null",
      cwd: "/",
    }).output();
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, text: decode(stdout) + decode(stderr) };
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.#directory, { recursive: true });
  }
}

function busybox(): string {
  const path = ["/bin/busybox", "/usr/bin/busybox"].find(isThere);
  if (path !== undefined) return path;
  throw new Error("There is no busybox here: make packages installs it");
}

function command(name: string, args: string[]): void {
  const { success, stderr } = new Deno.Command(name, { args }).outputSync();
  if (success) return;
  const words = new TextDecoder().decode(stderr);
  throw new Error(`${name} ${args.join(" ")} failed: ${words}`);
}
