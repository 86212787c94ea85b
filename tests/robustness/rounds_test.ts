import { strictEqual } from "node:assert/strict";
import { playRounds, ROUNDS_PLACES } from "./rounds.ts";

/** `FUZZ_SEED` tries other rounds than those of every test run. */
const SEED = Number(Deno.env.get("FUZZ_SEED") ?? 17);

for (const place of ROUNDS_PLACES) {
  Deno.test(`rounds of small writes, a large one and silence come to rest: ${place.name}`, async () => {
    const options = { rounds: 200, seed: SEED };
    const { rounds, bytes, fault } = await playRounds(place, options);
    strictEqual(fault, "");
    console.log(`${rounds} rounds, ${bytes} bytes`);
  });
}
