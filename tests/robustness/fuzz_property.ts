import fc from "fast-check";

/** How much to try, and with which chance. */
export interface FuzzOptions {
  /** How many cases; the property's own number by default. */
  cases?: number;
  /** Stops after so many milliseconds, however many cases that were. */
  limitMs?: number;
  seed?: number;
  /** Where in the seed's sequence a failure was, as a failure prints it. */
  path?: string;
}

/** What came of it. */
export interface FuzzResult {
  cases: number;
  seed: number;
  /** The smallest case that fails, with everything to run it again. */
  failure: string | undefined;
}

/** Something that has to hold for every input. */
export interface FuzzProperty {
  name: string;
  /** How many cases belong to a test run. */
  cases: number;
  /** How many times as long as the others it is tried. */
  share: number;
  run(options: FuzzOptions): Promise<FuzzResult>;
}

interface Description<Inputs extends [unknown, ...unknown[]]> {
  name: string;
  cases: number;
  share?: number;
  /** A case takes long: the first that fails is not made smaller. */
  isSlow?: boolean;
  arbitraries: { [Index in keyof Inputs]: fc.Arbitrary<Inputs[Index]> };
  /** Throws when it does not hold. */
  check: (...inputs: Inputs) => void | Promise<void>;
}

export function property<Inputs extends [unknown, ...unknown[]]>(
  { name, cases, share = 1, isSlow, arbitraries, check }: Description<Inputs>,
): FuzzProperty {
  return {
    name,
    cases,
    share,
    async run(options) {
      let last: Promise<void> = Promise.resolve();
      const details = await fc.check(
        fc.asyncProperty(...arbitraries, (...inputs: Inputs) => {
          last = Promise.resolve(check(...inputs));
          return last;
        }),
        {
          numRuns: options.cases ?? cases,
          seed: options.seed,
          path: options.path,
          endOnFailure: isSlow,
          interruptAfterTimeLimit: options.limitMs,
        },
      );
      // At the time limit a case may be under way, with processes and files.
      await last.catch(() => {});
      return {
        cases: details.numRuns,
        seed: details.seed,
        failure: details.failed && details.counterexample !== null
          ? `${await fc.asyncDefaultReportMessage(
            details,
          )}\n${details.errorInstance}`
          : undefined,
      };
    },
  };
}
