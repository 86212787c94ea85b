import { children } from "../support/processes.ts";
import { endAtOnce, untilTrue } from "./waiting.ts";

/** A program in a terminal of its own, which script(1) makes, with somebody who types. */
export class Terminal {
  readonly #script: Deno.ChildProcess;
  readonly #keys: WritableStreamDefaultWriter<Uint8Array>;
  readonly #signal: AbortSignal;
  readonly #finished: Promise<void>;
  /** All that was shown so far. */
  shown = "";

  constructor(
    words: readonly string[],
    env: Record<string, string>,
    signal: AbortSignal,
  ) {
    const command = `stty rows 24 cols 80; exec ${words.map(quoted).join(" ")}`;
    this.#script = new Deno.Command("script", {
      args: ["-qfec", command, "/dev/null"],
      env: { ...env, SHELL: "/bin/sh" },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#keys = this.#script.stdin.getWriter();
    this.#signal = signal;
    this.#finished = this.#watch();
    signal.addEventListener("abort", this.#kill);
  }

  readonly #kill = () => endAtOnce(this.#script);

  async #watch(): Promise<void> {
    const texts = this.#script.stdout.pipeThrough(new TextDecoderStream());
    for await (const text of texts) this.shown += text;
  }

  /** Waits until some words are shown. */
  async shows(words: string): Promise<void> {
    await untilTrue(
      () => this.shown.includes(words),
      () =>
        `the terminal shows ${JSON.stringify(words)}, not ${
          JSON.stringify(this.shown)
        }`,
      this.#signal,
    );
  }

  async type(keys: string): Promise<void> {
    await this.#keys.write(new TextEncoder().encode(keys));
  }

  /** Makes the window another size, as a person does with the mouse. */
  async resize(rows: number, columns: number): Promise<void> {
    const [program] = children(this.#script.pid);
    const terminal = Deno.readLinkSync(`/proc/${program.pid}/fd/0`);
    await new Deno.Command("stty", {
      args: ["-F", terminal, "rows", `${rows}`, "cols", `${columns}`],
    }).output();
  }

  /** Waits for the end of the program: its exit code. */
  async ends(): Promise<number> {
    const { code } = await this.#script.status;
    await this.#finished;
    this.#signal.removeEventListener("abort", this.#kill);
    await this.#keys.close().catch(() => {});
    if (!this.#signal.aborted) return code;
    throw new Error(
      `the program did not end; shown was ${JSON.stringify(this.shown)}`,
    );
  }
}

/** One word for a shell. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
