import { type Life, STATUS } from "./fault_lives.ts";
import { SIGKILL } from "./fault_plan.ts";
import type { Observation } from "./fault_run.ts";

/**
 * How a life went on after a fault.
 *
 * - `survived`: as if nothing had happened
 * - `reported`: something is missing, and the log says why
 * - `refused`: no container, exit code 1 or 2, and the reason
 * - `died`: SIGKILL; the daemon sees the `exit` FIFO hang up
 * - `missed`: the life went another way and the fault did not come up; `judge`
 *   is not asked then
 * - `broken`: a promise was not kept; `faults` says which
 */
export interface Verdict {
  outcome:
    | "survived"
    | "reported"
    | "refused"
    | "died"
    | "missed"
    | "broken";
  faults: string[];
}

/** What fails to be removed stays; the log has to say so. */
const REMOVAL = /^(unlink|unlinkat|rmdir|statx|newfstatat)\(.*\/ptyN/;

/** A life polls a few dozen times, and for a spool some hundred times. */
const SPINNING = 2000;

export function judge(life: Life, seen: Observation): Verdict {
  const faults = brokenPromises(life, seen);
  if (seen.polls > SPINNING) faults.push(`spins: ${seen.polls} polls`);
  if (faults.length > 0) return { outcome: "broken", faults };
  return { outcome: outcomeOf(life, seen), faults };
}

function outcomeOf(life: Life, seen: Observation): Verdict["outcome"] {
  if (seen.error === SIGKILL) return "died";
  if (isWhole(life, seen)) return "survived";
  return seen.shim === 0 ? "reported" : "refused";
}

function isWhole(life: Life, seen: Observation): boolean {
  return differences(life, seen).length === 0;
}

/** In what it differs from a life without faults. */
function differences(life: Life, seen: Observation): string[] {
  const found: string[] = [];
  if (seen.shim !== 0) found.push(`exit code ${seen.shim}`);
  if (seen.exitStatus !== STATUS) found.push(`exitStatus ${seen.exitStatus}`);
  if (seen.stdout !== life.stdout) {
    found.push(`stdout ${JSON.stringify(seen.stdout)}`);
  }
  if (seen.stderr !== life.stderr) {
    found.push(`stderr ${JSON.stringify(seen.stderr)}`);
  }
  if (seen.calls.join() !== life.calls.join()) {
    found.push(`calls ${seen.calls}`);
  }
  if (seen.rescued) found.push("the container did not get its input");
  return found;
}

function brokenPromises(life: Life, seen: Observation): string[] {
  const broken: string[] = [];
  const wasKilled = seen.error === SIGKILL;
  if (seen.shim === "still running") broken.push("hangs");
  if (seen.log === undefined) broken.push("shim-log.json is no JSON");
  if (typeof seen.shim === "string" && !wasKilled && !broken.length) {
    broken.push(`died: ${seen.shim}`);
  }
  if (!isPossibleStatus(seen)) {
    broken.push(`wrong exit status ${JSON.stringify(seen.exitStatus)}`);
  }
  // Before there is a pid the daemon looks whether the shim lives.
  if (!seen.exitEof && seen.calls.length > 0) {
    broken.push("the exit FIFO does not hang up");
  }
  if (seen.initAlive && !wasKilled) broken.push("the container still runs");
  if (!wasKilled) {
    const found = differences(life, seen);
    const isRemoval = REMOVAL.test(seen.hit ?? "");
    if (isRemoval && found.length > 0) {
      broken.push(`a life given up for what cannot be removed: ${found}`);
    }
    if (seen.left.length > 0 && !(isRemoval && hasReason(seen))) {
      broken.push(`left behind: ${seen.left}`);
    }
    if (found.length > 0 && !hasReason(seen)) {
      broken.push(`no reason given for: ${found.join("; ").slice(0, 300)}`);
    }
  }
  return broken;
}

/**
 * Its own, none, or that of a container which somebody has killed. To the
 * daemon an empty file is none.
 */
function isPossibleStatus({ exitStatus, rescued, log }: Observation): boolean {
  if (!exitStatus || exitStatus === STATUS) return true;
  return exitStatus === "137" && (rescued || (log?.length ?? 0) > 0);
}

/** In the log; or on stderr when there cannot be a log. */
function hasReason(seen: Observation): boolean {
  if ((seen.log?.length ?? 0) > 0) return true;
  return seen.shim === 2 && seen.shimStderr !== "";
}
