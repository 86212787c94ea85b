/** Where and on what a benchmark ran. */
export interface Machine {
  date: string;
  kernel: string;
  processors: number;
  processorModel: string;
  memory: string;
  /** Of the last minute, when the benchmark began. */
  load: number;
}

export function thisMachine(): Machine {
  const { total } = Deno.systemMemoryInfo();
  const cpuinfo = Deno.readTextFileSync("/proc/cpuinfo");
  return {
    date: new Date().toISOString().slice(0, "2006-01-02".length),
    kernel: Deno.osRelease(),
    processors: navigator.hardwareConcurrency,
    processorModel: /^model name\s*: (.*)$/m.exec(cpuinfo)?.[1] ?? "unknown",
    memory: `${Math.round(total / 1e9)} GB`,
    load: Deno.loadavg()[0],
  };
}

/** `Linux 6.18.44, 2 × Intel …, 25 GB, load 0.1 at the start, 2026-11-23` */
export function describeMachine(machine: Machine): string {
  const { date, kernel, processors, processorModel, memory, load } = machine;
  return [
    `Linux ${kernel}`,
    `${processors} × ${processorModel}`,
    memory,
    `load ${load.toFixed(1)} at the start`,
    date,
  ].join(", ");
}
