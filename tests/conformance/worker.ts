/**
 * Plays scenarios, one after the other, in a process of its own: one job as a
 * line of JSON on stdin, its outcome as a line on stdout.
 */
import type { Behaviour } from "../support/behaviour.ts";
import {
  type Call,
  Run,
  type SetupOptions,
  type StartOptions,
} from "../support/harness.ts";
import { linesOf } from "../support/lines.ts";
import type { Facts } from "./recordings.ts";
import { SCENARIOS } from "./scenarios/all.ts";

/** Which console flag the fake runtime knows. */
export type Flags = NonNullable<Behaviour["flags"]>;

/** What a scenario is played with. */
export interface Setting {
  flags: Flags;
  /** What the daemon of that time writes into process.json beside the usual keys. */
  process?: Record<string, unknown>;
  /** Added to the environment of the shim; taken out of the facts again. */
  environment?: Record<string, string>;
}

/** One scenario with one shim. */
export interface Job extends Setting {
  scenario: string;
  shim: string;
  /** A directory of its own, which the worker makes and removes. */
  root: string;
}

/** What came of a job. */
export type Result = { facts: Facts } | { error: string };

/** A run with the same setting for itself and all runs below it. */
class SetRun extends Run {
  readonly #setting: Setting;

  constructor(shim: string, root: string, setting: Setting) {
    super({ shim, root });
    this.#setting = setting;
  }

  override setup(options: SetupOptions = {}): void {
    const { flags, process } = this.#setting;
    super.setup({
      ...options,
      runtime: { flags, ...options.runtime },
      process: { ...process, ...options.process },
    });
  }

  override start(options: StartOptions = {}): Promise<void> {
    const { environment } = this.#setting;
    const addedEnv = { ...options.addedEnv, ...environment };
    return super.start({ ...options, addedEnv });
  }

  /** A descriptor is named by its path also after that was removed. */
  override calls(): Call[] {
    const calls = super.calls();
    for (const fd of calls.flatMap((call) => call.shimFds)) {
      fd.link = fd.link.replace(/ \(deleted\)$/, "");
    }
    return calls;
  }

  override another(name: string): Run {
    return new SetRun(this.shim, `${this.root}/${name}`, this.#setting);
  }
}

function entriesOf(environment: Record<string, string> = {}): string[] {
  return Object.entries(environment).map(([name, value]) => `${name}=${value}`);
}

/** Plays one scenario. Never throws: what goes wrong is the result. */
async function play(
  { scenario, shim, root, ...setting }: Job,
): Promise<Result> {
  try {
    const { play, allFacts } = SCENARIOS.get(scenario)!;
    await using run = new SetRun(shim, root, setting);
    const special = await play(run) ?? {};
    const facts = allFacts ? special : run.facts(special);
    return { facts: without(facts, entriesOf(setting.environment)) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** The same without these texts in any list. */
function without<T>(value: T, texts: readonly string[]): T {
  if (Array.isArray(value)) {
    return value.filter((one) => !texts.includes(one))
      .map((one) => without(one, texts)) as T;
  }
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([key, inner]) => [key, without(inner, texts)]),
  ) as T;
}

/** Ends this process when the one that gives the jobs is gone, also in mid-play. */
async function takeJobs(): Promise<void> {
  for await (const line of linesOf(Deno.stdin.readable)) {
    play(JSON.parse(line)).then((result) =>
      console.log(JSON.stringify(result))
    );
  }
  Deno.exit();
}

if (import.meta.main) await takeJobs();
