import { mkfifo } from "./posix.ts";
import { openFds } from "./processes.ts";

export { until } from "./until.ts";

/** A temporary directory, removed with everything in it when disposed of. */
export class TempDir implements Disposable {
  readonly path = Deno.makeTempDirSync({ prefix: "shim-unit-" });

  /** The path of a name in it. */
  at(name: string): string {
    return `${this.path}/${name}`;
  }

  fifo(name: string): string {
    const path = this.at(name);
    mkfifo(path, 0o600);
    return path;
  }

  file(name: string, content: string | Uint8Array = "", mode = 0o644): string {
    const path = this.at(name);
    if (typeof content === "string") Deno.writeTextFileSync(path, content);
    else Deno.writeFileSync(path, content);
    Deno.chmodSync(path, mode);
    return path;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

/** Working directory of the process while it lives, and then back. */
export class WorkingDirectory implements Disposable {
  readonly #before = Deno.cwd();

  constructor(path: string) {
    Deno.chdir(path);
  }

  [Symbol.dispose](): void {
    Deno.chdir(this.#before);
  }
}

/** A temporary directory that is the working directory while it lives. */
export class WorkingTempDir extends TempDir {
  readonly #here = new WorkingDirectory(this.path);

  override [Symbol.dispose](): void {
    this.#here[Symbol.dispose]();
    super[Symbol.dispose]();
  }
}

/** Sets (or, with undefined, unsets) a variable while it lives. */
export class Variable implements Disposable {
  readonly #before: string | undefined;

  constructor(private readonly name: string, value: string | undefined) {
    this.#before = Deno.env.get(name);
    assign(name, value);
  }

  [Symbol.dispose](): void {
    assign(this.name, this.#before);
  }
}

function assign(name: string, value: string | undefined): void {
  if (value === undefined) Deno.env.delete(name);
  else Deno.env.set(name, value);
}

/**
 * This process's descriptors as `number link`, to compare before and after.
 * The caches of Deno, which opens them whenever it likes, are left out.
 */
export function fdsNow(): string[] {
  return openFds(Deno.pid)
    .filter(({ link }) => !/_cache_v\d+/.test(link))
    .map(({ fd, link }) => `${fd} ${link}`);
}

/** The flags of one of this process's descriptors, O_CLOEXEC among them. */
export function flagsOf(fd: number): number {
  const info = Deno.readTextFileSync(`/proc/self/fdinfo/${fd}`);
  return parseInt(/flags:\s*(\d+)/.exec(info)![1], 8);
}

/** The error that a function throws; fails when it throws none. */
export function errorOf(action: () => unknown): Error {
  try {
    action();
  } catch (error) {
    return error as Error;
  }
  throw new Error("expected an error, but none was thrown");
}
