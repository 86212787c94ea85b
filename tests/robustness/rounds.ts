import { compiled } from "../support/build.ts";
import { Run } from "../support/harness.ts";

/** What a container has for its streams, and how. */
export interface RoundsPlace {
  name: string;
  stdio: "pipes" | "raw" | "cooked";
  spool: boolean;
  /** The runtime is told a terminal's path (`--console`). */
  byPath?: boolean;
}

export const ROUNDS_PLACES: readonly RoundsPlace[] = [
  { name: "pipes", stdio: "pipes", spool: false },
  { name: "pipes with a spool", stdio: "pipes", spool: true },
  { name: "a raw terminal", stdio: "raw", spool: false },
  { name: "a raw terminal with a spool", stdio: "raw", spool: true },
  { name: "a cooked terminal", stdio: "cooked", spool: false },
  {
    name: "a cooked terminal by its path",
    stdio: "cooked",
    spool: false,
    byPath: true,
  },
];

export interface RoundsOptions {
  shim?: string;
  rounds: number;
  seed: number;
  /** Told of what has been started, before it is waited for. */
  started?: (child: Deno.ChildProcess) => void;
}

export interface RoundsResult {
  rounds: number;
  bytes: number;
  /** What was wrong; empty if nothing was. */
  fault: string;
}

/**
 * One shim and one container that write and read in rounds: small writes, a
 * large one, silence. Every round has to come to rest though nothing ends;
 * rounds.c says how that is seen.
 */
export async function playRounds(
  place: RoundsPlace,
  { shim, rounds, seed, started }: RoundsOptions,
): Promise<RoundsResult> {
  await using run = new Run({ shim });
  const program = compiled("robustness/rounds.c");
  const ways = [`${run.root}/orders`, `${run.root}/answers`];
  for (const way of ways) run.makeFifo(way);
  run.setup({
    init: [program, "container", ...ways, place.stdio],
    terminal: place.stdio !== "pipes",
    runtime: { flags: place.byPath ? "legacy" : "modern" },
    process: place.byPath ? { capabilities: [] } : {},
    readers: ["exit", "control"],
  });
  const spool = { DOCKER_CONTAINERD_SHIM_SPOOL: `${run.root}:1M` };
  await run.start({
    env: { ...run.baseEnv(), ...(place.spool ? spool : {}) },
  });
  const daemon = new Deno.Command(program, {
    args: [
      "daemon",
      ...ways,
      place.stdio,
      ...["stdin", "stdout", "stderr"].map((name) => `${run.io}/${name}`),
      ...[run.pid, rounds, seed, place.spool ? 1 : 0].map(String),
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  started?.(daemon);
  const { code, stdout } = await daemon.output();
  const said = new TextDecoder().decode(stdout).trim();
  const figures = /^rounds (\d+), (\d+) bytes$/.exec(said);
  if (code !== 0 || figures === null) {
    return { rounds: 0, bytes: 0, fault: said || `it ended with ${code}` };
  }
  return {
    rounds: Number(figures[1]),
    bytes: Number(figures[2]),
    fault: await ending(run),
  };
}

/** @returns what is wrong once the rounds are over */
async function ending(run: Run): Promise<string> {
  await run.untilExit();
  const status = run.stateFile("exitStatus");
  if (status !== "7") return `the container ended with ${status}`;
  const [said] = run.shimLog();
  return said === undefined ? "" : `the shim's log has "${said.msg}"`;
}
