import { parseArgs } from "@std/cli/parse-args";
import { PROJECT } from "../support/build.ts";
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

export interface Options {
  shim: string;
  upstream: string | undefined;
  baseline: string | undefined;
  only: readonly Group[];
  runs: number;
  quick: boolean;
  json: string | undefined;
  markdown: string | undefined;
  svg: string | undefined;
}

const PATHS = [
  "shim",
  "upstream",
  "baseline",
  "json",
  "markdown",
  "svg",
] as const;

/**
 * @returns undefined when only help is wanted
 * @throws {Error} naming what is wrong with an option
 */
export function parseOptions(args: readonly string[]): Options | undefined {
  const parsed = parseArgs([...args], {
    string: [...PATHS, "only", "runs", "_"],
    boolean: ["quick", "help"],
    unknown: (argument) => {
      throw new Error(`Unknown argument "${argument}"`);
    },
  });
  if (parsed.help) return undefined;
  const quick = parsed.quick ?? false;
  // An empty value is what make passes for a variable that is not set.
  const path = (name: typeof PATHS[number]) => parsed[name] || undefined;
  return {
    shim: path("shim") ?? `${PROJECT}/build/docker-containerd-shim`,
    upstream: path("upstream"),
    baseline: path("baseline"),
    only: groups(parsed.only || GROUPS.join(",")),
    runs: positive(parsed.runs || (quick ? "5" : "21")),
    quick,
    json: path("json"),
    markdown: path("markdown"),
    svg: path("svg"),
  };
}

function groups(list: string): Group[] {
  return list.split(",").map((name) => {
    const group = GROUPS.find((group) => group === name);
    if (group === undefined) throw new Error(`--only knows no "${name}"`);
    return group;
  });
}

function positive(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new Error(`--runs takes a number from 1 on, not "${text}"`);
}
