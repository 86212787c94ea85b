/**
 * Tries the properties of bad input with many cases, for as long as is wanted.
 * Prints a line for each, and what runs a failure again.
 */
import { amount, integer, text } from "../support/option_values.ts";
import { optionsOf } from "../support/options.ts";
import type { FuzzProperty, FuzzResult } from "./fuzz_property.ts";
import { PROPERTIES } from "./properties.ts";
import { relaySteps } from "./relay_properties.ts";
import { steps, streamProperties } from "./stream_properties.ts";

const USAGE = `Usage: fuzz.ts [options]

  --seconds N   for how long (120)
  --only TEXT   only properties with this in their names
  --seed=N      the cases of an earlier run
  --path=P      and of these the one that failed
  --help`;

const options = optionsOf(USAGE, {
  seconds: amount,
  only: text,
  seed: integer,
  path: text,
});

const chosen = PROPERTIES.filter(({ name }) =>
  name.includes(options.only ?? "")
);
if (chosen.length === 0) {
  console.error(`No property's name has "${options.only}" in it`);
  Deno.exit(2);
}

const shares = chosen.reduce((sum, { share }) => sum + share, 0);
const limitMs = (options.seconds ?? 120) * 1000 / shares;
/** Without limits of one's own streams are tried for longer, if need be. */
const LEAST_STEPS = options.seconds === undefined && options.path === undefined
  ? 1_000_000
  : 0;
let cases = 0, failed = 0;
for (const property of chosen) {
  let result = await tryFor(property);
  while (
    streamProperties.includes(property) && steps < LEAST_STEPS &&
    result.failure === undefined
  ) {
    const more = await tryFor(property);
    result = { ...more, cases: result.cases + more.cases };
  }
  cases += result.cases;
  const figures = `${
    String(result.cases).padStart(8)
  } cases, seed ${result.seed}`;
  if (result.failure === undefined) {
    console.log(`held   ${figures}  ${property.name}`);
    continue;
  }
  failed++;
  const again = `make fuzz FLAGS="--only='${property.name}' ` +
    `--seed=${result.seed} --path=..."`;
  console.log(`FAILED ${figures}  ${property.name}\n${result.failure}`);
  console.log(`To run it again: ${again}`);
}
console.log(
  `${cases} cases, ${
    chosen.length - failed
  } of ${chosen.length} properties held; ${steps} steps of streams, ${relaySteps} of relays`,
);
Deno.exit(failed === 0 ? 0 : 1);

function tryFor(property: FuzzProperty): Promise<FuzzResult> {
  return property.run({
    cases: options.path === undefined ? Number.MAX_SAFE_INTEGER : undefined,
    limitMs: options.path === undefined ? limitMs * property.share : undefined,
    seed: options.seed,
    path: options.path,
  });
}
