/**
 * Tries the properties of bad input with many cases, for as long as is wanted.
 * Prints a line for each, and what runs a failure again.
 *
 *     fuzz.ts [--seconds=120] [--seed=N [--path=P]] [--only=part of a name]
 */
import { parseArgs } from "@std/cli/parse-args";
import { consoleProperties } from "./console_properties.ts";
import { executableProperties } from "./executable_properties.ts";
import type { FuzzProperty, FuzzResult } from "./fuzz_property.ts";
import { parserProperties } from "./parser_properties.ts";

const options = parseArgs(Deno.args, {
  string: ["seconds", "seed", "path", "only"],
});

const chosen = [
  ...parserProperties,
  ...consoleProperties,
  ...executableProperties,
].filter(({ name }) => name.includes(options.only ?? ""));
if (chosen.length === 0) {
  console.error(`No property's name has "${options.only}" in it`);
  Deno.exit(2);
}

const limitMs = Number(options.seconds ?? 120) * 1000 / chosen.length;
let cases = 0, failed = 0;
for (const property of chosen) {
  const result = await tryFor(property);
  cases += result.cases;
  const figures = `${
    String(result.cases).padStart(8)
  } cases, seed ${result.seed}`;
  if (result.failure === undefined) {
    console.log(`held   ${figures}  ${property.name}`);
    continue;
  }
  failed++;
  const again = `make fuzz FUZZ="--only='${property.name}' ` +
    `--seed=${result.seed} --path=..."`;
  console.log(`FAILED ${figures}  ${property.name}\n${result.failure}`);
  console.log(`To run it again: ${again}`);
}
console.log(
  `${cases} cases, ${
    chosen.length - failed
  } of ${chosen.length} properties held`,
);
Deno.exit(failed === 0 ? 0 : 1);

function tryFor(property: FuzzProperty): Promise<FuzzResult> {
  return property.run({
    cases: options.path === undefined ? Number.MAX_SAFE_INTEGER : undefined,
    limitMs: options.path === undefined ? limitMs : undefined,
    seed: options.seed === undefined ? undefined : Number(options.seed),
    path: options.path,
  });
}
