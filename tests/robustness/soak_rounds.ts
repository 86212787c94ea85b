import { playRounds, ROUNDS_PLACES } from "./rounds.ts";
import type { Soak } from "./soak_phases.ts";

export interface RoundsFigures {
  rounds: number;
  bytes: number;
  faults: string[];
}

/** Rounds in every place at once, `count` in all. */
export async function manyRounds(
  { shim, random, started }: Soak,
  count: number,
): Promise<RoundsFigures> {
  const each = Math.ceil(count / ROUNDS_PLACES.length);
  const results = await Promise.all(ROUNDS_PLACES.map(async (place) => {
    const result = await playRounds(place, {
      shim,
      rounds: each,
      seed: Math.floor(random() * 2 ** 31),
      started: (child) => started.push(child),
    });
    return { place, ...result };
  }));
  const sum = (values: number[]) => values.reduce((a, b) => a + b);
  return {
    rounds: sum(results.map(({ rounds }) => rounds)),
    bytes: sum(results.map(({ bytes }) => bytes)),
    faults: results.filter(({ fault }) => fault !== "")
      .map(({ place, fault }) => `rounds in ${place.name}: ${fault}`),
  };
}
