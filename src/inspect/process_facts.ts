import { argumentsOf, type Proc, procText, statOf } from "../processes/proc.ts";
import { parseBootTime, startTime } from "../processes/proc_text.ts";
import type { ProcessFacts } from "./facts.ts";

/** All processes but the kernel's own, in order. */
export function processes(from: Proc): number[] {
  return [...from.numbersIn("/proc")].sort((a, b) => a - b).filter((pid) => {
    const stat = statOf(pid, from);
    // The kernel's threads are children of the one with the number 2.
    return stat !== undefined && stat.parent !== 2 &&
      !(stat.pid === 2 && stat.name === "kthreadd");
  });
}

/** A process, or undefined if there is none of that number. */
export function processFacts(
  pid: number,
  from: Proc,
): ProcessFacts | undefined {
  const stat = statOf(pid, from);
  if (stat === undefined) return undefined;
  const boot = parseBootTime(bootText(from));
  const argv = argumentsOf(pid, from);
  return {
    pid,
    parent: stat.parent,
    state: stat.state,
    argv,
    command: argv.join(" ").trim() || stat.name,
    since: boot === undefined ? undefined : startTime(stat, boot),
  };
}

/** The time of the start comes behind a line for each processor. */
function bootText(from: Proc): string {
  return from.text("/proc/stat", 1 << 20);
}

/** The arguments on one line, or the name if there are none. */
export function commandOf(pid: number, from: Proc): string {
  return argumentsOf(pid, from).join(" ").trim() ||
    (statOf(pid, from)?.name ?? "");
}

/** The children of a process, those that have ended included. */
export function childrenOf(parent: number, from: Proc): ProcessFacts[] {
  return processes(from).filter((pid) => statOf(pid, from)?.parent === parent)
    .map((pid) => processFacts(pid, from))
    .filter((child) => child !== undefined);
}

/** What a process sleeps in, by the name of the kernel's function. */
export function sleepsIn(pid: number, from: Proc): string {
  return procText(`/proc/${pid}/wchan`, from);
}

// A path says which file it is only together with the mount namespace, and
// every container may have files of its own under the names of ours.

/**
 * Whether what a process has open may be taken for ours by its path: it is in
 * none of the namespaces that set a container off, nor in a user namespace, in
 * which any user may mount what he likes. The daemon and its shims may have a
 * mount namespace of their own (MountFlags= in systemd.exec(5)), so this one
 * decides nothing.
 */
export function isOfThisHost(pid: number, from: Proc): boolean {
  return isShared("pid", pid, from) && isShared("user", pid, from);
}

/** Whether a process has the same mounts as this one. */
export function hasOurMounts(pid: number, from: Proc): boolean {
  return isShared("mnt", pid, from);
}

/** Kernels without such namespaces have no such links: all share one. */
function isShared(
  kind: "mnt" | "pid" | "user",
  pid: number,
  from: Proc,
): boolean {
  const ours = from.link(`/proc/self/ns/${kind}`);
  return ours === undefined || from.link(`/proc/${pid}/ns/${kind}`) === ours;
}
