/** What a scenario is, and the ways to write one. */
import type { Run, SetupOptions, StartOptions } from "../../support/harness.ts";
import type { Facts } from "../recordings.ts";

/** One play between daemon, shim and runtime; what it shows has a recording of the same name. */
export interface Scenario {
  name: string;
  /** What it is about, where the name does not say it. */
  about?: string;
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
export interface Plain extends SetupOptions {
  about?: string;
  slow?: boolean;
  start?: StartOptions | ((run: Run) => StartOptions);
  /** The shim is watched this long at most; it may still run then. Default 10 s. */
  withinMs?: number;
}

/** Writes a scenario of the plain form: everything that it shows are the usual facts. */
export function plain(name: string, plan: Plain = {}): Scenario {
  const { about, slow, start, withinMs = 10_000, ...setup } = plan;
  return {
    name,
    about,
    slow,
    terminal: setup.terminal,
    async play(run) {
      run.setup(setup);
      await run.start(typeof start === "function" ? start(run) : start);
      await run.exitsWithin(withinMs);
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

/** Seconds between the shim's start and an event, or null when it did not happen. */
export function secondsUntil(
  run: Run,
  what: "shim_exit" | "eof",
  name?: string,
): number | null {
  const ms = run.when(what, name);
  return ms === undefined ? null : ms / 1000;
}
