import { compileC } from "../robustness/c_programs.ts";
import { lstatOrNone } from "./look.ts";
import { TempDir } from "./own_files.ts";
import { openFds } from "./processes.ts";

/** Whether `silent_fuse` can be started here. */
export function hasFuse(): boolean {
  return lstatOrNone("/dev/fuse") !== undefined && Deno.uid() === 0;
}

/** The path of a file that stops whoever asks it, of `silent_fuse`. */
export function silentFile(fuse: Nuisance): string {
  const holder = Number(/ready (\d+)/.exec(fuse.said)![1]);
  const file = openFds(holder).find(({ link }) => link.startsWith("/dev/pts/"));
  return `/proc/${holder}/fd/${file!.fd}`;
}

/** A C program of `tests/robustness` that somebody else might run. */
export class Nuisance implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #said = "";

  private constructor(command: string, args: readonly string[]) {
    const script = 'exec "$@" 2>&1';
    this.#process = new Deno.Command("sh", {
      args: ["-c", script, "sh", command, ...args],
      stdin: "null",
      stdout: "piped",
    }).spawn();
    this.#reader = this.#process.stdout
      .pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Resolves when it has done what it does. */
  static async start(
    name: "nuisance" | "silent_fuse",
    ...args: string[]
  ): Promise<Nuisance> {
    using directory = new TempDir();
    const program = compileC(name, directory.path, ["-static"]);
    const it = new Nuisance(program, args);
    await it.untilSaid(/^ready/m);
    return it;
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** All that it has said, as far as somebody has waited for it. */
  get said(): string {
    return this.#said;
  }

  async untilSaid(words: RegExp): Promise<void> {
    while (!words.test(this.#said)) {
      const { value, done } = await this.#reader.read();
      if (done) throw new Error(`It has ended and said: ${this.#said}`);
      this.#said += value;
    }
  }

  /** Ends it. @returns all that it has said */
  async end(): Promise<string> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    for (;;) {
      const { value, done } = await this.#reader.read();
      if (done) break;
      this.#said += value;
    }
    await this.#process.status;
    return this.#said;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}
