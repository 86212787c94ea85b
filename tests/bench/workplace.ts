/** The directory in which a benchmark works, and what has to end with it. */
export class Workplace implements AsyncDisposable {
  readonly root: string;
  readonly #kept = new Set<AsyncDisposable>();
  #closed = false;
  #serial = 0;

  constructor() {
    this.root = Deno.makeTempDirSync({ prefix: "shim-bench-" });
  }

  /** A new directory. Throws when the work is over. */
  directory(): string {
    if (this.#closed) throw new Error("The workplace is closed");
    const path = `${this.root}/${++this.#serial}`;
    Deno.mkdirSync(path);
    return path;
  }

  /** Ends a resource with the workplace, if it has not ended by then. */
  keep(resource: AsyncDisposable): AsyncDisposable {
    let over: Promise<void> | undefined;
    const kept = {
      [Symbol.asyncDispose]: () => over ??= this.#end(resource, kept),
    };
    this.#kept.add(kept);
    return kept;
  }

  async #end(
    resource: AsyncDisposable,
    kept: AsyncDisposable,
  ): Promise<void> {
    await resource[Symbol.asyncDispose]();
    this.#kept.delete(kept);
  }

  /** What came last ends first. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const resource of [...this.#kept].reverse()) {
      try {
        await resource[Symbol.asyncDispose]();
      } catch {
        // The others have to end all the same.
      }
    }
    await Deno.remove(this.root, { recursive: true }).catch(() => {});
  }
}
