import { strictEqual } from "node:assert/strict";
import { PROPERTIES } from "./properties.ts";

/** `FUZZ_SEED` tries other cases than those of every test run. */
const SEED = Number(Deno.env.get("FUZZ_SEED") ?? 17);

for (const property of PROPERTIES) {
  Deno.test(`fuzz: ${property.name}`, async () => {
    const { cases, failure } = await property.run({ seed: SEED });
    strictEqual(failure, undefined, failure);
    console.log(`${cases} cases, FUZZ_SEED=${SEED}`);
  });
}
