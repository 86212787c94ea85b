/** A memory cgroup below this process's own, of either version. */
export class MemoryCgroup implements AsyncDisposable {
  private constructor(
    private readonly parent: string,
    private readonly path: string,
    private readonly usageFile: string,
  ) {}

  /** Undefined where this process may not make one. */
  static create(name: string): MemoryCgroup | undefined {
    const own = Deno.readTextFileSync("/proc/self/cgroup");
    const places = [
      { line: /^\d+:memory:(.*)$/m, top: "/memory", file: "usage_in_bytes" },
      { line: /^0::(.*)$/m, top: "", file: "current" },
    ];
    for (const { line, top, file } of places) {
      const below = line.exec(own)?.[1];
      if (below === undefined) continue;
      const parent = `/sys/fs/cgroup${top}${below}`;
      const path = `${parent}/${name}`;
      const group = new MemoryCgroup(parent, path, `${path}/memory.${file}`);
      if (group.#make()) return group;
    }
    return undefined;
  }

  #make(): boolean {
    try {
      Deno.mkdirSync(this.path);
    } catch {
      return false;
    }
    try {
      return this.usage >= 0;
    } catch {
      // The memory controller is not on down here.
      Deno.removeSync(this.path);
      return false;
    }
  }

  /** What its processes use, and the kernel on their behalf, in kB. */
  get usage(): number {
    return Number(Deno.readTextFileSync(this.usageFile)) / 1024;
  }

  /** The files to which a process writes 0 to enter and to leave. */
  get members(): { shim: string; rest: string } {
    return {
      shim: `${this.path}/cgroup.procs`,
      rest: `${this.parent}/cgroup.procs`,
    };
  }

  /** Its processes must have ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path);
  }
}
