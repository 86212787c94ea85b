import { setTimeout as pause } from "node:timers/promises";
import { PROJECT } from "../support/build.ts";
import { statOrNone } from "../support/look.ts";
import { children, openFds, processTable } from "../support/processes.ts";
import { inParallel } from "./pool.ts";
import { type Progress, SoakDaemon } from "./soak_daemon.ts";
import { faultsOf, type Job, prepare, startShim, stateOf } from "./soak_job.ts";

export interface Soak {
  /** What has been started: to be ended if the soak is. */
  started: Deno.ChildProcess[];
  shim: string;
  runtime: string;
  directory: string;
  random: () => number;
}

export interface Figures {
  lives: number;
  execs: number;
  bytes: number;
  faults: string[];
}

/** Longer than any job takes that goes well. */
const HANG_MS = 120_000;

/** Whole lives, many one after the other and some at once. */
export async function manyLives(
  soak: Soak,
  count: number,
  width: number,
): Promise<Figures> {
  const figures: Figures = { lives: 0, execs: 0, bytes: 0, faults: [] };
  const daemon = new SoakDaemon();
  const numbers = Array.from({ length: count }, (_, number) => number);
  await inParallel(numbers, width, async (number) => {
    const job = shortJob(soak, number);
    prepare(job);
    const ended = daemon.attach(job);
    const shim = startShim(job, soak.shim, soak.runtime);
    soak.started.push(shim);
    const progress = await Promise.race([ended, pause(HANG_MS, undefined)]);
    if (progress === undefined) throw new Error(`${job.id} hangs`);
    const status = await shim.status;
    soak.started.splice(soak.started.indexOf(shim), 1);
    figures[job.kind === "exec" ? "execs" : "lives"]++;
    take(figures, job, progress);
    figures.faults.push(...faultsOf(job, status));
    Deno.removeSync(job.directory, { recursive: true });
  });
  await daemon.close();
  return figures;
}

function take(figures: Figures, job: Job, progress: Progress): void {
  for (const name of ["stdin", "stdout", "stderr"] as const) {
    figures.bytes += progress[name].bytes;
  }
  figures.faults.push(...progress.faults.map((fault) => `${job.id}: ${fault}`));
}

function shortJob({ directory, random }: Soak, number: number): Job {
  const below = (limit: number) => Math.floor(random() * limit);
  const terminal = number % 4 === 3;
  return {
    id: `life-${number}`,
    kind: number % 2 === 1 ? "exec" : "container",
    terminal,
    directory: `${directory}/life-${number}`,
    seed: below(2 ** 31),
    // Now and then more than all pipes hold together.
    stdout: 1 + below(number % 16 === 0 ? 3_000_000 : 60_000),
    stderr: terminal ? 0 : below(20_000),
    stdin: 1 + below(9000),
    chunk: 1 + below(65536),
    pause: 0,
    orphans: below(4),
    // 97 to 99 say that the container itself met a fault.
    exit: below(97),
  };
}

export interface CrowdOptions {
  shims: number;
  seconds: number;
  /** How often the daemon dies on the way. */
  deaths: number;
}

export interface CrowdFigures extends Figures {
  deaths: number;
  shimSeconds: number;
  /** Of one shim, on average: descriptors, threads and private KiB. */
  begin: Footprint;
  end: Footprint;
  zombies: number;
}

export interface Footprint {
  fds: number;
  threads: number;
  privateKib: number;
}

/** What each job of the crowd says a second, in bytes. */
const CHATTER = 150_000;

/** Many at once, which chatter while the daemon dies and comes back. */
export async function crowd(
  soak: Soak,
  options: CrowdOptions,
): Promise<CrowdFigures> {
  const jobs = Array.from(
    { length: options.shims },
    (_, number) => chatterer(soak, number, options.seconds),
  );
  jobs.forEach(prepare);
  const file = `${soak.directory}/jobs.json`;
  Deno.writeTextFileSync(file, JSON.stringify(jobs));

  const began = performance.now();
  let daemon = await startDaemon(soak, file);
  const shims = jobs.map((job) => startShim(job, soak.shim, soak.runtime));
  soak.started.push(...shims);
  await until(
    () => jobs.every((job) => isWritten(`${stateOf(job)}/pid`)),
    "all containers run",
  );
  await pause(1000);
  const begin = footprint(shims);
  let deaths = 0;
  const distance = options.seconds * 800 / (options.deaths + 1);
  for (; deaths < options.deaths; deaths++) {
    await pause(distance);
    // tools/deno has become the daemon: it is the same process.
    daemon.kill("SIGHUP");
    await daemon.status;
    await pause(soak.random() * 1000);
    daemon = await startDaemon(soak, file);
  }
  await pause(500);
  const end = footprint(shims);
  const zombies = await lastingZombies(shims);
  daemon.kill("SIGUSR2");
  const status = await daemon.status;
  const faults = status.success ? [] : [`the daemon ended with ${status.code}`];
  const figures: CrowdFigures = {
    lives: 0,
    execs: 0,
    bytes: 0,
    faults,
    deaths,
    begin,
    end,
    zombies,
    shimSeconds: 0,
  };
  const progress = new Map<string, Progress>(
    JSON.parse(Deno.readTextFileSync(`${file}.progress`)),
  );
  for (const [index, job] of jobs.entries()) {
    figures[job.kind === "exec" ? "execs" : "lives"]++;
    take(figures, job, progress.get(job.id)!);
    faults.push(...faultsOf(job, await shims[index].status));
  }
  figures.shimSeconds = Math.round(
    options.shims * (performance.now() - began) / 1000,
  );
  return figures;
}

function chatterer(
  { directory, random }: Soak,
  number: number,
  seconds: number,
): Job {
  const terminal = number % 5 === 4;
  const chunk = 1000 + Math.floor(random() * 15_000);
  const said = CHATTER * seconds;
  return {
    id: `crowd-${number}`,
    kind: number % 2 === 1 ? "exec" : "container",
    terminal,
    directory: `${directory}/crowd-${number}`,
    seed: Math.floor(random() * 2 ** 31),
    stdout: terminal ? said : said / 2,
    stderr: terminal ? 0 : said / 2,
    stdin: 20_000,
    chunk,
    // Both are half of this on average, and there may be two streams.
    pause: Math.round((terminal ? 1 : 2) * chunk / CHATTER * 1e6),
    orphans: seconds,
    exit: number % 90,
  };
}

async function startDaemon(
  soak: Soak,
  file: string,
): Promise<Deno.ChildProcess> {
  Deno.writeTextFileSync(`${file}.attached`, "");
  const program = `${PROJECT}/tests/robustness/soak_daemon_process.ts`;
  const daemon = new Deno.Command(`${PROJECT}/tools/deno`, {
    args: ["run", "-A", program, file],
    stdin: "null",
  }).spawn();
  soak.started.push(daemon);
  await until(() => isWritten(`${file}.attached`), "the daemon is attached");
  return daemon;
}

function footprint(shims: readonly Deno.ChildProcess[]): Footprint {
  const sum: Footprint = { fds: 0, threads: 0, privateKib: 0 };
  for (const { pid } of shims) {
    sum.fds += openFds(pid).length;
    sum.threads += [...Deno.readDirSync(`/proc/${pid}/task`)].length;
    const memory = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
    sum.privateKib += Number(/^Private_Dirty:\s+(\d+) kB$/m.exec(memory)![1]);
  }
  const average = (total: number) => Math.round(10 * total / shims.length) / 10;
  return {
    fds: average(sum.fds),
    threads: average(sum.threads),
    privateKib: Math.round(sum.privateKib / shims.length),
  };
}

/** Dead children that a shim does not reap within a second. */
async function lastingZombies(
  shims: readonly Deno.ChildProcess[],
): Promise<number> {
  const parents = new Set(shims.map(({ pid }) => pid));
  const dead = () =>
    processTable().filter(({ ppid, state }) =>
      parents.has(ppid) && state === "Z"
    ).map(({ pid }) => pid);
  const first = new Set(dead());
  await pause(1000);
  return dead().filter((pid) => first.has(pid)).length;
}

/** Nothing of it may be there when it is over. */
export function leftovers(): string[] {
  return children(Deno.pid).map(({ pid, comm, state }) =>
    `process ${pid} (${comm}, ${state}) is left`
  );
}

function isWritten(path: string): boolean {
  return (statOrNone(path)?.size ?? 0) > 0;
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + HANG_MS;
  while (!condition()) {
    if (performance.now() > end) {
      throw new Error(`Waited in vain until ${what}`);
    }
    await pause(20);
  }
}
