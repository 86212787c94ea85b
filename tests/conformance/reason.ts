/** What a reason for a difference is. Pure. */
import type { Difference } from "./differences_between.ts";
import type { Facts } from "./recordings.ts";

/** Why something differs from upstream on purpose. */
export interface Reason {
  /** Short name, shown in the table. */
  key: string;
  /** False: nobody gains by it. */
  better: boolean;
  why: string;
  /** Where it shows. */
  places: readonly Place[];
}

/** The scenarios and facts that a reason covers. */
export interface Place {
  /** Whole names of scenarios. */
  scenarios: RegExp;
  /** Whole titles of columns, where not all are meant. */
  columns?: RegExp;
  /** Whole paths of facts (regular expressions), each with what ours must be there. */
  facts: Readonly<Record<string, Matcher>>;
}

/** True when our value is exactly what is meant. */
export type Matcher = (difference: Difference, seen: Seen) => boolean;

/** What a matcher may look at beside the difference itself. */
export interface Seen {
  scenario: string;
  /** Title of the column: the version of upstream. */
  column: string;
  upstream: Facts;
  ours: Facts;
}

/** True when a pattern stands for the whole of a text. */
export function isWhole(pattern: RegExp | string, text: string): boolean {
  const source = typeof pattern === "string" ? pattern : pattern.source;
  return new RegExp(`^(?:${source})$`).test(text);
}
