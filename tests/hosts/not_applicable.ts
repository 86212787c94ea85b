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
