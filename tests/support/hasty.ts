import { mutant } from "./mutant.ts";

/** The limits of `hasty`, in milliseconds. */
export const HASTE = 700;

const LIMITS = [
  "reader: 15_000",
  "console: 15_000",
  "cleanUp: 30_000",
  "killedCall: 5_000",
];

/** The shim with limits so short that a test can outlast them. Built once. */
export function hasty(): Promise<string> {
  return mutant(...LIMITS.map((text) => ({
    file: "src/loop/limits.ts",
    text,
    by: text.replace(/\d.*/, `${HASTE}`),
  })));
}
