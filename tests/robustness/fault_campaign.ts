import type { Life } from "./fault_lives.ts";
import { type Fault, faultsOf, SIGKILL, stepsOf } from "./fault_plan.ts";
import { isMeant, type Observation, record, suffer } from "./fault_run.ts";
import type { Finding } from "./fault_table.ts";
import { judge } from "./fault_verdict.ts";
import { inParallel } from "./pool.ts";

export interface CampaignOptions {
  lives: readonly Life[];
  /** A few dozen faults in place of all. */
  isQuick: boolean;
  /** Only this system call. */
  call?: string;
  /** Lives at once. */
  jobs: number;
  progress: (finding: Finding) => void;
}

export interface Campaign {
  findings: Finding[];
  seconds: number;
}

interface Task {
  life: Life;
  fault: Fault;
}

/** Every fault, or some, in every life. */
export async function runCampaign(options: CampaignOptions): Promise<Campaign> {
  const began = performance.now();
  const seen = new Set<string>();
  const todo: Task[] = [];
  for (const life of options.lives) {
    const steps = stepsOf(await record(life), life.calls);
    const faults = faultsOf(life.name, steps, seen).filter(({ step }) =>
      step.call === (options.call ?? step.call)
    );
    const chosen = options.isQuick ? some(faults) : faults;
    todo.push(...chosen.map((fault) => ({ life, fault })));
  }
  // Those that kill come last. What a killed shim leaves of a start goes on
  // for a moment, and with --console it opens a terminal by its name, which may
  // be that of another life by then.
  const isDeath = ({ fault }: Task) => fault.error === SIGKILL;
  const findings = await inParallel(
    [...todo.filter((task) => !isDeath(task)), ...todo.filter(isDeath)],
    options.jobs,
    async (task) => {
      const finding = await findOut(task);
      options.progress(finding);
      return finding;
    },
  );
  return {
    findings,
    seconds: Math.round((performance.now() - began) / 1000),
  };
}

/** A step may come at another place in the next life: then it is tried again. */
const TRIES = 3;

function isWanted(fault: Fault, { hit }: Observation): boolean {
  return hit !== undefined && isMeant(fault, hit);
}

async function findOut(
  { life, fault }: Task,
): Promise<Finding> {
  let seen: Observation;
  for (let attempt = 1;; attempt++) {
    seen = await suffer(life, fault);
    if (isWanted(fault, seen) || attempt === TRIES) break;
  }
  const { call } = fault.step;
  if (!isWanted(fault, seen)) {
    return { seen, call, verdict: { outcome: "missed", faults: [] } };
  }
  return { seen, call, verdict: judge(life, seen) };
}

/** How many of a life's faults belong to the quick run. */
const QUICK = 8;

/** Evenly over the life: different calls, and different errors for each. */
function some(faults: readonly Fault[]): Fault[] {
  const byError = faults.filter(({ error }) => error !== SIGKILL);
  const deaths = faults.filter(({ error }) => error === SIGKILL);
  return [...spread(byError, QUICK - 2), ...spread(deaths, 2)];
}

function spread<T>(items: readonly T[], count: number): T[] {
  const distance = items.length / count;
  return items.filter((_, index) =>
    Math.floor(index / distance) !== Math.floor((index - 1) / distance)
  );
}
