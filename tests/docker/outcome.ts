/** What became of a step with one shim, and with two of them. Pure. */
import { isDeepStrictEqual as isSame } from "node:util";
import type { Facts, Step } from "./step.ts";

export type Outcome =
  | { kind: "done"; facts: Facts; seconds: number }
  | { kind: "failed"; why: string; seconds: number }
  | { kind: "not tried"; why: string };

/** A step with the bundle's shim and with ours. */
export interface Row {
  name: string;
  theirs: Outcome;
  ours: Outcome;
}

/** What was not as it has to be, in words; undefined when all was. */
export function unwanted({ wanted }: Step, facts: Facts): string | undefined {
  const wrong = Object.keys(wanted)
    .filter((name) => !isSame(facts[name], wanted[name]))
    .map((name) =>
      `${name}: expected ${shown(wanted[name])}, found ${shown(facts[name])}`
    );
  return wrong.length > 0 ? wrong.join("\n") : undefined;
}

/** `same` only when the step came out, and came out the same, with both. */
export function verdictOf({ theirs, ours }: Row): "same" | "fails" | "DIFFERS" {
  if (theirs.kind === "done" && ours.kind === "done") {
    return isSame(theirs.facts, ours.facts) ? "same" : "DIFFERS";
  }
  return theirs.kind === "done" || ours.kind === "done" ? "DIFFERS" : "fails";
}

/** Where two outcomes differ, in lines. */
export function differences({ theirs, ours }: Row): string[] {
  if (theirs.kind === "done" && ours.kind === "done") {
    const names = Object.keys({ ...theirs.facts, ...ours.facts });
    return names
      .filter((name) => !isSame(theirs.facts[name], ours.facts[name]))
      .flatMap((name) => [
        `  ${name}`,
        `    the bundle's shim  ${shown(theirs.facts[name])}`,
        `    ours               ${shown(ours.facts[name])}`,
      ]);
  }
  return [
    `  the bundle's shim  ${inWords(theirs)}`,
    `  ours               ${inWords(ours)}`,
  ];
}

function inWords(outcome: Outcome): string {
  const words = outcome.kind === "done" ? "as it has to be" : outcome.why;
  return words.replaceAll("\n", `\n${" ".repeat(21)}`);
}

function shown(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 500) ?? "nothing";
}
