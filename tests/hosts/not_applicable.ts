import type { Listed } from "./listed.ts";

const OWN_VARIABLES = "the CLI obeys variables of its own";

/** What cannot be the same when the bundle runs under the deno CLI, and why. */
export const UNDER_THE_CLI: readonly Listed[] = [
  [
    /^the start of the shim takes not much more than that of an empty program/,
    "there is no compiled empty program to compare with",
  ],
  [
    /^a shim looks for nothing under a name that can be guessed in \/tmp/,
    "the bundle and what starts it are files, and may be there",
  ],
  [
    /^with .* and any number of descriptors a container lives/,
    "the CLI has more than ten descriptors of its own",
  ],
  [/^no variable of the engine or the C library steers/, OWN_VARIABLES],
  [/^the variables that the program looks up are all known/, OWN_VARIABLES],
];

/** What denort 2.5 and 2.6 cannot do, and why. */
export const BEFORE_2_7: readonly Listed[] = [
  [
    /^bytes that are no UTF-8 are passed on, and the container lives: TMPDIR/,
    "the engine ends with exit status 101 before the program begins",
  ],
];

/** What cannot be the same with an engine, and why. */
export function notApplicableTo(engine: string): readonly Listed[] {
  if (engine.endsWith(" CLI")) return UNDER_THE_CLI;
  return /^2\.[56]\./.test(engine) ? BEFORE_2_7 : [];
}
