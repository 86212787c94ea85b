/** Holds what one shim did against what another one did. Pure. */
import { contractOf } from "./contract.ts";
import {
  type Difference,
  differencesBetween,
  unionOfKeys,
} from "./differences_between.ts";
import { isWhole, type Place, type Reason, type Seen } from "./reason.ts";
import type { Facts } from "./recordings.ts";

/** A difference with the key of its reason, if there is one. */
export type Explained = Difference & { reason?: string };

/**
 * How a scenario came out. `other`: what differs is meant, but not all of it
 * is an improvement; `differs`: there is no reason for some of it.
 */
export interface Verdict {
  kind: "same" | "better" | "other" | "differs";
  differences: Explained[];
}

/** Upstream's facts, with every form that it showed where its runs differed. */
export interface Expected {
  facts: Facts;
  varies?: Record<string, unknown[]>;
}

/** Compares one scenario and finds the reasons for what differs. */
export function compare(
  { scenario, column }: Pick<Seen, "scenario" | "column">,
  expected: Expected,
  observed: Facts,
  reasons: readonly Reason[],
): Verdict {
  const upstream = contractOf(expected.facts);
  const ours = contractOf(observed);
  const varies = contractOf(expected.varies ?? {});
  const seen = { scenario, column, upstream, ours };
  const differences = unionOfKeys(upstream, ours).flatMap((fact) => {
    const forms = [upstream[fact], ...(varies[fact] as unknown[] ?? [])];
    const [nearest] = forms
      .map((form) =>
        differencesBetween(form, ours[fact], fact)
          .map((difference) => explain(difference, seen, reasons))
      )
      .sort((a, b) =>
        a.filter(isFault).length - b.filter(isFault).length ||
        a.length - b.length
      );
    return nearest;
  });
  return { kind: kindOf(differences, reasons), differences };
}

function explain(
  difference: Difference,
  seen: Seen,
  reasons: readonly Reason[],
): Explained {
  const reason = reasons.find(({ places }) =>
    places.some((place) =>
      isMeant(place, seen) &&
      Object.entries(place.facts).some(([path, accepts]) =>
        isWhole(path, difference.path) && accepts(difference, seen)
      )
    )
  );
  return reason ? { ...difference, reason: reason.key } : difference;
}

function isMeant(place: Place, { scenario, column }: Seen): boolean {
  return isWhole(place.scenarios, scenario) &&
    isWhole(place.columns ?? /.*/, column);
}

function isFault({ reason }: Explained): boolean {
  return reason === undefined;
}

function kindOf(
  differences: readonly Explained[],
  reasons: readonly Reason[],
): Verdict["kind"] {
  if (differences.length === 0) return "same";
  if (differences.some(isFault)) return "differs";
  const isBetter = new Map(reasons.map(({ key, better }) => [key, better]));
  return differences.every(({ reason }) => isBetter.get(reason!))
    ? "better"
    : "other";
}
