import { match } from "node:assert/strict";
import { mutant } from "../support/mutant.ts";
import { playRounds, ROUNDS_PLACES } from "./rounds.ts";

/** `FUZZ_SEED` tries other rounds than those of every run. */
const SEED = Number(Deno.env.get("FUZZ_SEED") ?? 17);

for (const name of ["pipes", "pipes with a spool", "a raw terminal"]) {
  Deno.test(`a shim that leaves bytes while it watches the source alone is caught by the rounds: ${name}`, async () => {
    const shim = await mutant({
      file: "src/streams/flow.ts",
      text: "if (flow.head === 0 && flow.spooled === 0) return SOURCE;",
      by: 'if (flow.sink !== "full") return SOURCE;',
    });
    const place = ROUNDS_PLACES.find((place) => place.name === name)!;
    // It mostly takes some hundred rounds.
    const options = { shim, rounds: 20_000, seed: SEED };
    match((await playRounds(place, options)).fault, /: stall$/);
  });
}
