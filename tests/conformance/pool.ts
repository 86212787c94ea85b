/** Plays many scenarios in several worker processes. */
import { fileURLToPath } from "node:url";
import { PROJECT } from "../support/build.ts";
import { linesOf } from "../support/lines.ts";
import { SCENARIOS } from "./scenarios/all.ts";
import type { Job, Result } from "./worker.ts";

/** A job without the directory, which the pool chooses. */
export type Order = Omit<Job, "root">;

/** What a caller hears of each job. */
export interface Outcome {
  order: Order;
  result: Result;
}

const DEFAULT_DEADLINE_MS = 60_000;
/** Cleaning up after a scenario is not part of its time. */
const GRACE_MS = 15_000;

/**
 * Plays all orders, `workers` at a time, and reports each as it comes. Those
 * that must be alone come last. A scenario that is stuck ends with its worker.
 * SIGINT and SIGTERM clean up and end this process with status 130.
 */
export async function playAll(
  orders: readonly Order[],
  workers: number,
  report: (outcome: Outcome) => void,
): Promise<void> {
  const base = Deno.makeTempDirSync({ prefix: "conformance-" });
  const clean = () => removeRun(base);
  const interrupted = () => {
    // The workers end with this process, and all that they started with them.
    clean();
    Deno.exit(130);
  };
  Deno.addSignalListener("SIGINT", interrupted);
  Deno.addSignalListener("SIGTERM", interrupted);
  try {
    const together = orders.filter((order) => !scenarioOf(order).serial);
    const alone = orders.filter((order) => scenarioOf(order).serial);
    // Those that take long begin early, so that nobody waits for them at the end.
    const queue = together.toSorted((a, b) =>
      Number(scenarioOf(b).slow ?? false) - Number(scenarioOf(a).slow ?? false)
    );
    const running = Array.from(
      { length: workers },
      (_, i) => drain(queue, `${base}/${i}`, report),
    );
    await Promise.all(running);
    await drain([...alone], `${base}/alone`, report);
  } finally {
    Deno.removeSignalListener("SIGINT", interrupted);
    Deno.removeSignalListener("SIGTERM", interrupted);
    clean();
  }
}

function scenarioOf(order: Order) {
  return SCENARIOS.get(order.scenario)!;
}

async function drain(
  queue: Order[],
  directory: string,
  report: (outcome: Outcome) => void,
): Promise<void> {
  let worker: Worker | undefined;
  for (let order; (order = queue.shift());) {
    worker ??= new Worker();
    const deadline = scenarioOf(order).deadlineMs ?? DEFAULT_DEADLINE_MS;
    const job = { ...order, root: `${directory}-run` };
    let result = await worker.play(job, deadline + GRACE_MS);
    if (result === "stuck") {
      result = { error: `stuck: no end after ${deadline / 1000} s` };
      await worker.end();
      worker = undefined;
      removeRun(job.root);
    }
    report({ order, result });
  }
  await worker?.end();
}

/** One worker process. */
class Worker {
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: ReadableStreamDefaultReader<string>;

  constructor() {
    const script = fileURLToPath(new URL("./worker.ts", import.meta.url));
    // Becomes Deno by exec: what is killed is the worker.
    this.#process = new Deno.Command(`${PROJECT}/tools/deno`, {
      args: ["run", "-A", "--quiet", script],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#input = this.#process.stdin.getWriter();
    this.#output = linesOf(this.#process.stdout).getReader();
  }

  async play(job: Job, withinMs: number): Promise<Result | "stuck"> {
    await this.#input.write(
      new TextEncoder().encode(JSON.stringify(job) + "\n"),
    );
    const late = Promise.withResolvers<"stuck">();
    const timer = setTimeout(() => late.resolve("stuck"), withinMs);
    try {
      return await Promise.race([this.#answer(), late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #answer(): Promise<Result> {
    const { value } = await this.#output.read();
    try {
      return JSON.parse(value ?? "");
    } catch {
      // Nothing, or a part of a line.
      return { error: "the worker process has died" };
    }
  }

  /** Ends it, whatever it does; the processes of its run end with it. */
  async end(): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has died by itself.
    }
    await this.#process.status;
    await this.#output.cancel().catch(() => {});
    await this.#input.abort().catch(() => {});
  }
}

/** Removes a directory with everything in it and what is mounted there. */
function removeRun(root: string): void {
  const mounts = Deno.readTextFileSync("/proc/self/mounts").split("\n")
    .map((line) => line.split(" ")[1] ?? "")
    .filter((target) => target.startsWith(`${root}/`));
  for (const target of mounts.reverse()) {
    new Deno.Command("umount", { args: ["-l", target] }).outputSync();
  }
  try {
    Deno.removeSync(root, { recursive: true });
  } catch {
    // Nothing was made yet.
  }
}
