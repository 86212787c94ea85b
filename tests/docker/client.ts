import { Terminal } from "./terminal.ts";
import { endAtOnce } from "./waiting.ts";

/** How a call of the `docker` command ended. */
export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Calls the `docker` command as a person does; whatever still runs at the end is killed. */
export class Client {
  readonly #directory: string;
  readonly #program: string;
  readonly #signal: AbortSignal;

  /** @param directory has the programs in `bin` and the dockerd's socket; the command's home */
  constructor(directory: string, signal: AbortSignal) {
    this.#directory = directory;
    this.#program = `${directory}/bin/docker`;
    this.#signal = signal;
  }

  /** Calls it with its standard input from a text, or from nowhere. */
  async call(args: readonly string[], input?: string): Promise<Ended> {
    this.#stillWanted(args);
    const child = new Deno.Command(this.#program, {
      args: this.#all(args),
      env: this.#environment(),
      stdin: input === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    if (input !== undefined) feed(child.stdin, input);
    const { promise: killed, resolve } = Promise.withResolvers<undefined>();
    const kill = () => {
      endAtOnce(child);
      resolve(undefined);
    };
    this.#signal.addEventListener("abort", kill);
    const output = await Promise.race([child.output(), killed]);
    this.#signal.removeEventListener("abort", kill);
    this.#stillWanted(args);
    const { code, stdout, stderr } = output!;
    const text = new TextDecoder();
    return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
  }

  /** Calls what has to succeed; returns what it printed, without the last line's end. */
  async must(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.call(args);
    if (code === 0) return stdout.trimEnd();
    throw new Error(`docker ${args.join(" ")}: ${code}: ${stderr.trim()}`);
  }

  /** Calls it in a terminal of its own. */
  terminal(...args: string[]): Terminal {
    this.#stillWanted(args);
    const words = [this.#program, ...this.#all(args)];
    return new Terminal(words, this.#environment(), this.#signal);
  }

  /** What was killed is known by its words. */
  #stillWanted(args: readonly string[]): void {
    if (this.#signal.aborted) {
      throw new Error(`docker ${args.join(" ")} did not end`);
    }
  }

  #all(args: readonly string[]): string[] {
    return ["-H", `unix://${this.#directory}/docker.sock`, ...args];
  }

  #environment(): Record<string, string> {
    return { HOME: this.#directory, DOCKER_CONFIG: this.#directory };
  }
}

/** Writes it all, unless the reader does not want it. */
async function feed(
  stream: WritableStream<Uint8Array>,
  text: string,
): Promise<void> {
  const writer = stream.getWriter();
  try {
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
  } catch {
    // What became of it the exit code says.
  }
}
