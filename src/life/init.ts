import { kinship } from "../../ffi/process.ts";
import { PID_FILE, readPid } from "../daemon/state_dir.ts";
import { Allowance, LIMITS } from "../loop/limits.ts";
import { isBelow } from "../processes/descendants.ts";
import { statOf } from "../processes/proc.ts";
import { Child } from "../processes/reaper.ts";
import type { Order } from "./order.ts";

/**
 * The container's init: the process whose number the runtime has written.
 *
 * When the runtime ended, its children became the shim's; if there is another
 * process in between, when that ends. As long as init lives below the shim
 * that is waited for, for of a process that is no child no end is ever seen.
 *
 * @param call the runtime's own pid
 * @throws {Error} when that process is not, and cannot become, a child
 */
export function awaitInit({ reaper, loop }: Order, call: number): Child {
  const pid = readPid();
  if (pid === call) throw notInit(pid, "which is the runtime's own number");
  // A living child of that number is meant, whoever has had it before.
  if (kinship(pid) !== "none") return reaper.expect(pid);
  // So is one that lives below the shim: it becomes a child sooner or later.
  if (isBelow(pid, Deno.pid) !== true) {
    const ending = reaper.strangersEnding(pid);
    if (ending !== undefined) return new Child(pid, ending);
  }

  const init = reaper.expect(pid);
  const started = statOf(pid)?.startTicks;
  const known = () => init.ending !== undefined || kinship(pid) !== "none";
  while (!loop.runUntil(known, new Allowance(LIMITS.kinship))) {
    if (isBelow(pid, Deno.pid) === undefined) continue;
    const isSame = statOf(pid)?.startTicks === started;
    if (isSame && isBelow(pid, Deno.pid)) continue;
    // It may have become a child, and ended, just now.
    loop.turn(0);
    if (!known()) throw notInit(pid, "which is not a child of this shim");
  }
  return init;
}

function notInit(pid: number, fault: string): Error {
  return new Error(
    `The runtime's "${PID_FILE}" names process ${pid}, ${fault}: expected ` +
      "the container's init",
  );
}
