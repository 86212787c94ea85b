import type { Run } from "./harness.ts";

/** What the log says of a container that has ended, but whose output has not. */
export function explanation(run: Run): string | undefined {
  return run.shimLog().map(({ msg }) => msg)
    .find((msg) => msg.startsWith("The container has ended, but"));
}

/** The most memory that a process has had, in KiB. */
export function peakMemory(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/^VmHWM:\s*(\d+)/m.exec(status)![1]);
}
