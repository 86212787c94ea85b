import { close } from "../support/posix.ts";

/** System calls by their numbers, which are the same on all architectures. */
const PIDFD_OPEN = 434n;
const PROCESS_MADVISE = 440n;
const MADV_PAGEOUT = 21n;

const { symbols: libc } = Deno.dlopen("libc.so.6", {
  // long syscall(long number, ...);
  syscall: {
    parameters: ["i64", "i64", "buffer", "i64", "i64", "i64"],
    result: "i64",
  },
});

/** A file of 16 MiB that the machine swaps to while it lives. */
export class SwapFile implements Disposable {
  readonly #directory = Deno.makeTempDirSync({ prefix: "shim-swap-" });
  readonly #path = `${this.#directory}/swap`;
  #on = false;

  /** @throws {Error} where there can be none */
  constructor() {
    try {
      Deno.writeFileSync(this.#path, new Uint8Array(16 << 20), { mode: 0o600 });
      this.#on = this.#succeeds("mkswap") && this.#succeeds("swapon");
      if (!this.#on) throw new Error("There can be no swap here");
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  #succeeds(command: string): boolean {
    const args = [this.#path];
    return new Deno.Command(command, { args }).outputSync().success;
  }

  static get possible(): boolean {
    try {
      using _file = new SwapFile();
      return true;
    } catch {
      return false;
    }
  }

  [Symbol.dispose](): void {
    if (this.#on && !this.#succeeds("swapoff")) {
      throw new Error(`Cannot stop swapping to ${this.#path}`);
    }
    this.#on = false;
    Deno.removeSync(this.#directory, { recursive: true });
  }
}

/** A mapping of /proc/<pid>/smaps; sizes in kB. */
export interface Mapping {
  start: bigint;
  size: bigint;
  rights: string;
  path: string;
  rss: number;
  anonymous: number;
  swap: number;
}

export function mappingsOf(pid: number): Mapping[] {
  const smaps = Deno.readTextFileSync(`/proc/${pid}/smaps`);
  const each = smaps.matchAll(
    /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)\n((?:[A-Z].*\n)*)/gm,
  );
  return Array.from(each, ([, from, to, rights, path, figures]) => {
    const kilobytes = (name: string) =>
      Number(new RegExp(`^${name}: +(\\d+)`, "m").exec(figures)![1]);
    const start = BigInt(`0x${from}`);
    return {
      start,
      size: BigInt(`0x${to}`) - start,
      rights,
      path,
      rss: kilobytes("Rss"),
      anonymous: kilobytes("Anonymous"),
      swap: kilobytes("Swap"),
    };
  });
}

/** Puts parts of a process's memory into swap (process_madvise(2), Linux 5.10). */
export function pageOut(pid: number, mappings: readonly Mapping[]): void {
  const pidfd = libc.syscall(PIDFD_OPEN, BigInt(pid), null, 0n, 0n, 0n);
  try {
    for (const { start, size } of mappings) {
      const vector = new BigUint64Array([start, size]);
      const moved = libc.syscall(
        PROCESS_MADVISE,
        pidfd,
        vector,
        1n,
        MADV_PAGEOUT,
        0n,
      );
      if (moved !== size) throw new Error(`process_madvise gave ${moved}`);
    }
  } finally {
    close(Number(pidfd));
  }
}
