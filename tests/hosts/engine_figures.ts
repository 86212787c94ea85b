import { footprint } from "../bench/process_costs.ts";
import { privateCopy } from "../bench/programs.ts";
import { Session } from "../bench/session.ts";
import { quantile } from "../bench/statistics.ts";
import { pass } from "../bench/waiting.ts";
import { Workplace } from "../bench/workplace.ts";

export interface Figures {
  /** From the shim's exec to that of the runtime, median, in milliseconds. */
  start: number;
  /** Private dirty memory of an idle shim, in MB, the least that was seen. */
  memory: number;
}

const STARTS = 21;
/** For how long an idle shim may go on giving memory back, in milliseconds. */
const SETTLES = 5_000;

/** What an executable costs here, in the moment of the measurement. */
export async function figuresOf(shim: string): Promise<Figures> {
  await using workplace = new Workplace();
  const own = privateCopy(shim, workplace.directory());
  const starts: number[] = [];
  for (let i = 0; i < STARTS; i++) {
    await using session = new Session(workplace, {
      shim: own,
      init: ["pause"],
    });
    const { exec, create } = await session.running();
    starts.push((create.at - exec.at) / 1e6);
  }
  await using session = new Session(workplace, { shim: own, init: ["pause"] });
  await session.running();
  let memory = Infinity;
  for (let waited = 0; waited < SETTLES; waited += 100) {
    memory = Math.min(memory, footprint(session.pid).privateDirty / 1000);
    await pass(100);
  }
  return { start: quantile(starts.sort((a, b) => a - b), 0.5), memory };
}
