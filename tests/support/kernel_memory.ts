/**
 * A memory cgroup (version 1) that counts what the kernel holds on behalf of
 * its processes: what is in their pipes above all.
 */
export class KernelMemory implements AsyncDisposable {
  private constructor(private readonly path: string) {}

  /** Whether there can be one here. */
  static get available(): boolean {
    const group = KernelMemory.#make();
    if (group !== undefined) Deno.removeSync(group.path);
    return group !== undefined;
  }

  /** @throws {Error} where there can be none */
  static create(): KernelMemory {
    const group = KernelMemory.#make();
    if (group === undefined) throw new Error("There is no memory cgroup here");
    return group;
  }

  static #make(): KernelMemory | undefined {
    try {
      const own = Deno.readTextFileSync("/proc/self/cgroup");
      const below = /^\d+:memory:(.*)$/m.exec(own)![1];
      const parent = `/sys/fs/cgroup/memory${below}`;
      const path = `${parent}/shim-test-${crypto.randomUUID()}`;
      Deno.mkdirSync(path);
      try {
        const group = new KernelMemory(path);
        return group.usage >= 0 ? group : undefined;
      } catch {
        Deno.removeSync(path);
        return undefined;
      }
    } catch {
      return undefined;
    }
  }

  /** The file to which a process writes its number to enter. */
  get members(): string {
    return `${this.path}/cgroup.procs`;
  }

  /** In bytes. */
  get usage(): number {
    return this.#read("usage_in_bytes");
  }

  /** The highest usage since `forgetMost`. */
  get most(): number {
    return this.#read("max_usage_in_bytes");
  }

  forgetMost(): void {
    Deno.writeTextFileSync(`${this.path}/memory.kmem.max_usage_in_bytes`, "0");
  }

  #read(name: string): number {
    return Number(Deno.readTextFileSync(`${this.path}/memory.kmem.${name}`));
  }

  /** Waits for the end of its processes, which others have to bring about. */
  async [Symbol.asyncDispose](): Promise<void> {
    const end = performance.now() + 10_000;
    for (;;) {
      try {
        return Deno.removeSync(this.path);
      } catch (error) {
        if (performance.now() > end) throw error;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
  }
}
