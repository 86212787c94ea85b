/** Tells on stderr how far the benchmark is. */
export class Progress {
  readonly #rewrites = Deno.stderr.isTerminal();
  readonly #began = performance.now();

  /** On a terminal one line changes all the time; elsewhere it would be noise. */
  step(label: string, done: number, all: number): void {
    if (this.#rewrites) this.#write(`\r\x1b[K${label}: ${done} of ${all}`);
  }

  done(label: string): void {
    const seconds = Math.round((performance.now() - this.#began) / 1000);
    const start = this.#rewrites ? "\r\x1b[K" : "";
    this.#write(`${start}[${String(seconds).padStart(4)} s] ${label}: done\n`);
  }

  note(text: string): void {
    this.#write(`${this.#rewrites ? "\r\x1b[K" : ""}${text}\n`);
  }

  #write(text: string): void {
    Deno.stderr.writeSync(new TextEncoder().encode(text));
  }
}
