import { readOrNone } from "../support/look.ts";

/** What a process keeps, in kB where it is memory. */
export interface Footprint {
  rss: number;
  pss: number;
  privateDirty: number;
  threads: number;
  descriptors: number;
}

/** Needs root for a process that cannot be traced. */
export function footprint(pid: number): Footprint {
  const rollup = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
  const figure = (name: string) =>
    Number(new RegExp(`^${name}: +(\\d+) kB$`, "m").exec(rollup)![1]);
  return {
    rss: figure("Rss"),
    pss: figure("Pss"),
    privateDirty: figure("Private_Dirty"),
    threads: tasks(pid).length,
    descriptors: [...Deno.readDirSync(`/proc/${pid}/fd`)].length,
  };
}

/** Processor time that all threads of a process have used, in seconds. */
export function cpuSeconds(pid: number): number {
  const nanoseconds = tasks(pid).map((task) => {
    // A thread may end between two looks.
    const text = readOrNone(`/proc/${pid}/task/${task}/schedstat`);
    return text === undefined ? 0 : Number(text.split(" ")[0]);
  });
  return sum(nanoseconds) / 1e9;
}

/** How often the threads of a process have gone to sleep by themselves. */
export function sleeps(pid: number): number {
  return sum(
    tasks(pid).map((task) => {
      const text = readOrNone(`/proc/${pid}/task/${task}/status`) ?? "";
      return Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(text)?.[1] ?? 0);
    }),
  );
}

function tasks(pid: number): string[] {
  return [...Deno.readDirSync(`/proc/${pid}/task`)].map(({ name }) => name);
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
