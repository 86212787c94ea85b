/** `warn`: the shim runs, but something is missing. `fail`: it does not. */
export type Verdict = "ok" | "warn" | "fail";

/** One line of the answer. */
export interface Row {
  what: string;
  found: string;
  needed: string;
  verdict: Verdict;
  /** What follows if it is not ok, else "". */
  follows: string;
}

export function row(
  what: string,
  found: string,
  needed: string,
  { verdict, follows }: Pick<Row, "verdict" | "follows">,
): Row {
  return {
    what,
    found,
    needed,
    verdict,
    follows: verdict === "ok" ? "" : follows,
  };
}
