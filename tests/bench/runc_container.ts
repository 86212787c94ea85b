import { statOrNone } from "../support/look.ts";
import {
  close,
  IN,
  inotify,
  inotifyEvents,
  mkfifo,
  O,
  open,
  POLL,
  pollAsync,
  PollSet,
  watch,
} from "../support/posix.ts";
import { BUNDLE } from "../support/runc.ts";
import { run } from "../tools/run.ts";
import { helper } from "./helper.ts";
import { Stamps } from "./stamps.ts";
import type { Workplace } from "./workplace.ts";

const PATIENCE = 30_000; // ms

/** What a real runc is called by: a shim, or the benchmark itself. */
export type Caller = { kind: "shim"; path: string } | { kind: "nobody" };

let serial = 0;

/**
 * How long it takes from the exec of the shim (or of `runc create`) to the
 * first instruction of the container, with what a daemon does in between: it
 * waits for the pid file and calls `runc start`.
 *
 * @returns milliseconds
 * @throws {Error} when the container does not start
 */
export async function containerStartTime(
  workplace: Workplace,
  caller: Caller,
): Promise<number> {
  const container = new RuncContainer(workplace.directory());
  await using _kept = workplace.keep(container);
  return await container.start(caller);
}

class RuncContainer implements AsyncDisposable {
  readonly #root: string;
  readonly #id = `shim-bench-${Deno.pid}-${++serial}`;
  readonly #fds: number[] = [];
  readonly #stamps: Stamps;
  /** The container's stdout: its first words are a stamp. */
  readonly #stdout: Stamps;
  #called: Deno.ChildProcess | undefined;

  constructor(root: string) {
    this.#root = root;
    for (const name of ["state", "bundle", "rootfs", "runc", "io"]) {
      Deno.mkdirSync(`${this.#root}/${name}`);
    }
    this.#makeBundle();
    this.#stamps = new Stamps(`${this.#root}/stamps`);
    this.#stdout = new Stamps(`${this.#root}/io/stdout`);
    for (const name of ["stdin", "stderr"]) {
      mkfifo(`${this.#root}/io/${name}`, 0o700);
    }
    this.#hold(`${this.#root}/io/stderr`);
  }

  async start(caller: Caller): Promise<number> {
    const pidFile = new FileWatch(`${this.#root}/state`, "pid");
    this.#fds.push(pidFile.fd);
    const program = caller.kind === "shim"
      ? this.#underShim(caller.path)
      : this.#alone();
    const command = new Deno.Command(helper(), {
      args: ["launch", this.#stamps.path, "-", ...program],
      cwd: `${this.#root}/state`,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    });
    this.#called = command.spawn();
    await pidFile.written();
    await this.#runc("start", this.#id);
    const began = (await this.#stamps.take("exec")).at;
    return ((await this.#stdout.take("running")).at - began) / 1e6;
  }

  #underShim(shim: string): string[] {
    const state = `${this.#root}/state`;
    for (const name of ["exit", "control"]) {
      mkfifo(`${state}/${name}`, 0o700);
      this.#hold(`${state}/${name}`);
    }
    const io = `${this.#root}/io`;
    const process = {
      containerdStdin: `${io}/stdin`,
      containerdStdout: `${io}/stdout`,
      containerdStderr: `${io}/stderr`,
      runtimeArgs: ["--root", `${this.#root}/runc`],
    };
    Deno.writeTextFileSync(`${state}/process.json`, JSON.stringify(process));
    return [shim, this.#id, `${this.#root}/bundle`, "runc"];
  }

  // The shell only redirects: the container's stdout is the FIFO itself.
  #alone(): string[] {
    const create = [
      ...["runc", "--root", `${this.#root}/runc`, "create"],
      ...["--bundle", `${this.#root}/bundle`],
      ...["--pid-file", `${this.#root}/state/pid`, this.#id],
    ];
    const script = 'exec "$@" >"$0"';
    return ["/bin/sh", "-c", script, `${this.#root}/io/stdout`, ...create];
  }

  #hold(path: string): void {
    this.#fds.push(open(path, O.RDWR | O.NONBLOCK));
  }

  #makeBundle(): void {
    const config = JSON.parse(Deno.readTextFileSync(`${BUNDLE}/config.json`));
    const args = ["/helper", "running"];
    Object.assign(config.process, { args, terminal: false });
    Object.assign(config.root, { path: `${this.#root}/rootfs` });
    Object.assign(config.root, { readonly: true });
    const path = `${this.#root}/bundle/config.json`;
    Deno.writeTextFileSync(path, JSON.stringify(config));
    for (const name of ["dev", "proc", "sys"]) {
      Deno.mkdirSync(`${this.#root}/rootfs/${name}`);
    }
    Deno.copyFileSync(helper(), `${this.#root}/rootfs/helper`);
  }

  async #runc(...args: string[]): Promise<void> {
    await run("runc", ["--root", `${this.#root}/runc`, ...args]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runc("delete", "--force", this.#id).catch(() => {});
    await this.#called?.status;
    for (const fd of this.#fds) close(fd);
    this.#stamps[Symbol.dispose]();
    this.#stdout[Symbol.dispose]();
    await Deno.remove(this.#root, { recursive: true });
  }
}

/** Waits for a file that is not empty. */
class FileWatch {
  readonly fd = inotify();
  readonly #path: string;

  constructor(directory: string, name: string) {
    this.#path = `${directory}/${name}`;
    watch(this.fd, directory, IN.CLOSE_WRITE | IN.MOVED_TO);
  }

  async written(): Promise<void> {
    const wanted = new PollSet([{ fd: this.fd, events: POLL.IN }]);
    const deadline = performance.now() + PATIENCE;
    while (!statOrNone(this.#path)?.size) {
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`Waited in vain for "${this.#path}"`);
      await pollAsync(wanted, Math.ceil(left));
      inotifyEvents(this.fd);
    }
  }
}
