/** What a scenario is, and the ways to write one. */
import type { Run, SetupOptions, StartOptions } from "../../support/harness.ts";
import type { Facts } from "../recordings.ts";

/** One play between daemon, shim and runtime; what it shows has a recording of the same name. */
export interface Scenario {
  name: string;
  /** A terminal is involved: the runtime's console style makes a difference. */
  terminal?: boolean;
  /** It waits for time to pass (limits of 15 s) or moves much data. */
  slow?: boolean;
  /** It must not run beside others: it uses what the machine has only once. */
  serial?: boolean;
  /** Programs that must be installed; without them it is left out and said so. */
  needs?: readonly string[];
  /** It needs the busybox bundle of `make rootfs`. */
  bundle?: boolean;
  /** After this long it counts as stuck. Default 60 s. */
  deadlineMs?: number;
  /** `play` returns all the facts, not only those beside the usual ones. */
  allFacts?: boolean;
  /** Plays it and returns the facts that only this scenario has. */
  play(run: Run): Promise<Facts | void>;
}

/** A scenario that sets up, starts and waits for the end of the shim. */
interface Plain extends SetupOptions, Pick<Scenario, "slow" | "deadlineMs"> {
  /** In a shell text `GATE` stands for the gate's path. */
  init?: SetupOptions["init"];
  /** More for the set-up, where it depends on the run. */
  setup?: (run: Run) => SetupOptions;
  /** Changes what the set-up has made. */
  before?: (run: Run) => unknown;
  start?: StartOptions | ((run: Run) => StartOptions);
  /** The shim is watched this long at most; it may still run then. Default 10 s. */
  withinMs?: number;
  /** The facts that only this scenario has. */
  facts?: (run: Run) => Facts;
}

/**
 * Writes a scenario of the plain form. Meanwhile, until the end is waited for,
 * something may be done to the shim; that returns facts, too.
 */
export function plain(
  name: string,
  plan: Plain = {},
  meanwhile?: Scenario["play"],
): Scenario {
  const { slow, deadlineMs, setup, before, facts, ...usual } = plan;
  const { start, withinMs = 10_000, ...options } = usual;
  return {
    name,
    slow,
    deadlineMs,
    terminal: plan.terminal,
    async play(run) {
      const all = { ...options, ...setup?.(run) };
      const init = typeof all.init === "string"
        ? all.init.replace("GATE", run.gatePath)
        : all.init;
      run.setup({ ...all, init });
      before?.(run);
      await run.start(typeof start === "function" ? start(run) : start);
      const seen = await meanwhile?.(run);
      await run.exitsWithin(withinMs);
      return { ...seen, ...facts?.(run) };
    },
  };
}

/** Options of a scenario beside its play. */
type Options = Omit<Scenario, "name" | "play">;

/** Writes a scenario with a play of its own. */
export function scenario(
  name: string,
  options: Options,
  play: Scenario["play"],
): Scenario {
  return { name, ...options, play };
}

/** Plays the same with fresh shims: is something always so? */
export function repeated(
  name: string,
  { times, fact, terminal }: {
    times: number;
    fact: string;
    terminal?: boolean;
  },
  play: (run: Run) => Promise<boolean>,
): Scenario {
  const options = { terminal, deadlineMs: 120_000, allFacts: true };
  return scenario(name, options, async (run) => {
    let so = 0;
    for (let i = 0; i < times; i++) {
      await using one = run.another(`r${i}`);
      if (await play(one)) so++;
    }
    const word = so === times ? "all" : so === 0 ? "none" : "some";
    return { of: times, [fact]: word };
  });
}

/** The state directory's files but those whose names begin so. */
export function filesWithout(run: Run, prefix: string): Facts {
  return Object.fromEntries(
    Object.entries(run.files()).filter(([name]) => !name.startsWith(prefix)),
  );
}

export function namesIn(directory: string): string[] {
  return [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
}

/** How long the shim lived, in whole seconds, or null when it has not ended. */
export function lifetime(run: Run): Facts {
  const ms = run.when("shim_exit");
  return { shim_lifetime_s: ms === undefined ? null : Math.round(ms / 1000) };
}
