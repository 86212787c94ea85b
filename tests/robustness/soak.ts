/**
 * Many lives, many rounds of writes and silence within one, and many shims at
 * once, with every byte compared.
 */
import { compiled, defaultShim } from "../support/build.ts";
import { amount, count, integer } from "../support/option_values.ts";
import { FLAG, optionsOf } from "../support/options.ts";
import { openFds } from "../support/processes.ts";
import { crowd, leftovers, manyLives, type Soak } from "./soak_phases.ts";
import { manyRounds } from "./soak_rounds.ts";

/** The part of V8's heap for young objects grows with use, to a limit. */
const GROWTH_KIB = 8192;

const USAGE = `Usage: soak.ts [options]

  --minutes N   for how long, without the rounds (10; 0.15 with --quick)
  --lives N     how many, one after the other (3000; 120)
  --rounds N    of small writes, a large one, silence (100000; 300)
  --shims N     how many at once (100; 20)
  --seed=N      what an earlier run has printed
  --quick       a first impression
  --help`;

const options = optionsOf(USAGE, {
  minutes: amount,
  lives: count,
  rounds: count,
  shims: count,
  seed: integer,
  quick: FLAG,
});
const [minutes, lives, rounds, shims] = options.quick
  ? [0.15, 120, 300, 20]
  : [10, 3000, 100_000, 100];
const size = {
  minutes: options.minutes ?? minutes,
  lives: options.lives ?? lives,
  rounds: options.rounds ?? rounds,
  shims: options.shims ?? shims,
};
let seed = options.seed ?? Date.now() % 2 ** 31;
console.log(`--seed=${seed}`);

const directory = Deno.makeTempDirSync({ prefix: "shim-soak-" });
const faults: string[] = [];
const started: Deno.ChildProcess[] = [];
try {
  const soak: Soak = {
    shim: defaultShim(),
    runtime: compiled("robustness/load.c"),
    directory,
    random,
    started,
  };
  const began = performance.now();
  const before = descriptors();
  const one = await manyLives(soak, size.lives, 8);
  const seconds = secondsSince(began);
  console.log(
    `${one.lives} containers and ${one.execs} execs in ${seconds} s: ` +
      `${one.bytes} bytes compared, ${one.faults.length} faults`,
  );
  const roundsBegan = performance.now();
  const inRounds = await manyRounds(soak, size.rounds);
  console.log(
    `${inRounds.rounds} rounds in ${secondsSince(roundsBegan)} s: ` +
      `${inRounds.bytes} bytes compared, ${inRounds.faults.length} stalls or ` +
      "other faults",
  );
  const after = descriptors();
  if (after > before) faults.push(`${after - before} descriptors are left`);

  // What is left of the time, without the 20 s that starting and ending take.
  const left = options.quick
    ? size.minutes * 60
    : Math.max(30, size.minutes * 60 - seconds - 20);
  const many = await crowd(soak, {
    shims: size.shims,
    seconds: Math.round(left),
    deaths: options.quick ? 2 : Math.max(3, Math.round(left / 30)),
  });
  const { begin, end } = many;
  console.log(
    `${size.shims} shims at once, ${many.shimSeconds} shim seconds, ` +
      `${many.deaths} deaths of the daemon: ${many.bytes} bytes compared, ` +
      `${many.faults.length} faults\n` +
      `a shim's descriptors ${begin.fds} -> ${end.fds}, ` +
      `threads ${begin.threads} -> ${end.threads}, ` +
      `private memory ${begin.privateKib} -> ${end.privateKib} KiB, ` +
      `zombies ${many.zombies}`,
  );
  faults.push(...one.faults, ...inRounds.faults, ...many.faults);
  if (end.fds > begin.fds) faults.push("descriptors leak");
  if (end.threads > begin.threads) faults.push("threads leak");
  if (end.privateKib > begin.privateKib + GROWTH_KIB) {
    faults.push("memory grows");
  }
  if (many.zombies > 0) faults.push(`${many.zombies} zombies`);
  faults.push(...leftovers());
  console.log(
    `${one.lives + one.execs + many.lives + many.execs} lives, ` +
      `${one.bytes + inRounds.bytes + many.bytes} bytes compared, lost ` +
      (faults.length === 0 ? "0" : "some"),
  );
} finally {
  for (const child of started) {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
  }
  Deno.removeSync(directory, { recursive: true });
}
for (const fault of faults.slice(0, 20)) console.log(`FAULT ${fault}`);
Deno.exit(faults.length === 0 ? 0 : 1);

/** Those of this process. Deno opens sockets for its own use as it likes. */
function descriptors(): number {
  return openFds(Deno.pid).filter(({ link }) => !link.startsWith("socket:"))
    .length;
}

function secondsSince(start: number): number {
  return Math.round((performance.now() - start) / 1000);
}

function random(): number {
  seed = Math.imul(seed, 1664525) + 1013904223 | 0;
  return (seed >>> 0) / 2 ** 32;
}
