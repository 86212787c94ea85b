import { mutant } from "./mutant.ts";

/** The limits of `hasty`, in milliseconds. */
export const HASTE = 3_000;

const LIMITS = [
  "reader: 15_000",
  "console: 15_000",
  "cleanUp: 30_000",
  "killedCall: 5_000",
].map((text) => ({
  file: "src/loop/limits.ts",
  text,
  by: text.replace(/\d.*/, `${HASTE}`),
}));

/** A whole limit is one wait, and can be over in it. */
const ONE_SLICE = {
  file: "src/loop/event_loop.ts",
  text: "const SLICE = 1_000;",
  by: "const SLICE = 1_000_000;",
};

/** The shim with limits so short that a test can outlast them. Built once. */
export function hasty(): string {
  return mutant(...LIMITS, ONE_SLICE);
}
