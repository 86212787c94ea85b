import { PROJECT } from "../support/build.ts";
import { count, text } from "../support/option_values.ts";
import { FLAG, type Options as Given } from "../support/options.ts";
import { type Group, GROUPS } from "./results.ts";

export const USAGE = `Usage: main.ts [options]

  --shim PATH       what to measure (build/docker-containerd-shim)
  --upstream PATH   a containerd-shim to compare it with, in the same run
  --baseline PATH   another build of ours to compare it with, in the same run
  --only LIST       of ${GROUPS.join(",")}
  --runs N          how often each thing is measured (21; 5 with --quick)
  --quick           a first impression: fewer runs, fewer bytes, fewer shims
  --json FILE       writes all values
  --markdown FILE   writes the tables
  --svg FILE        writes the plot
  --help`;

export type Options = ReturnType<typeof withDefaults>;

/** The options, for `readOptions()`. */
export const DECLARED = {
  shim: text,
  upstream: text,
  baseline: text,
  only: groups,
  runs: count,
  quick: FLAG,
  json: text,
  markdown: text,
  svg: text,
};

export function withDefaults(given: Given<typeof DECLARED>) {
  return {
    ...given,
    shim: given.shim ?? `${PROJECT}/build/docker-containerd-shim`,
    only: given.only ?? GROUPS,
    runs: given.runs ?? (given.quick ? 5 : 21),
  };
}

function groups(list: string): Group[] {
  return list.split(",").map((name) => {
    const group = GROUPS.find((group) => group === name);
    if (group !== undefined) return group;
    throw new Error(`takes some of ${GROUPS.join(",")}, not "${name}"`);
  });
}
