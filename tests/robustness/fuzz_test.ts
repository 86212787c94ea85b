import { strictEqual } from "node:assert/strict";
import { consoleProperties } from "./console_properties.ts";
import { executableProperties } from "./executable_properties.ts";
import { parserProperties } from "./parser_properties.ts";
import { relayProperties } from "./relay_properties.ts";
import { streamProperties } from "./stream_properties.ts";

/** `FUZZ_SEED` tries other cases than those of every test run. */
const SEED = Number(Deno.env.get("FUZZ_SEED") ?? 17);

for (
  const property of [
    ...streamProperties,
    ...relayProperties,
    ...parserProperties,
    ...consoleProperties,
    ...executableProperties,
  ]
) {
  Deno.test(`fuzz: ${property.name}`, async () => {
    const { cases, failure } = await property.run({ seed: SEED });
    strictEqual(failure, undefined, failure);
    console.log(`${cases} cases, FUZZ_SEED=${SEED}`);
  });
}
