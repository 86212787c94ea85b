/** What tells that a process has run; undefined while it does. */
function trace(pid: number): string | undefined {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    if (!/^State:\s+[SZ]/m.test(status)) return undefined;
    return status.match(/^\w*voluntary_ctxt_switches:.*$/gm)!.join();
  } catch {
    return "ended";
  }
}

/**
 * Watches whether processes do anything at all. One that spins never sleeps,
 * and one that waits has not been woken since the last look.
 */
export class Rest {
  #traces: (string | undefined)[] = [];
  #since = performance.now();

  constructor(private readonly pids: readonly number[]) {}

  /** Looks, and says for how long they have all slept, in milliseconds. */
  lasted(): number {
    const before = this.#traces;
    this.#traces = this.pids.map(trace);
    const still = this.#traces.every((trace, index) =>
      trace !== undefined && trace === before[index]
    );
    if (!still) this.#since = performance.now();
    return performance.now() - this.#since;
  }
}
