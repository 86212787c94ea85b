import type { Outcome } from "./tap.ts";

/** A test that is known to fail somewhere, and for what reason. */
export type Listed = readonly [test: RegExp, reason: string];

/**
 * Prints what failed and what was lost for a listed reason. A test that fails
 * and is not listed is a fault, and so is one that is listed and passes.
 *
 * @returns whether there is no fault
 */
export function report(
  { passed, failed, notRun }: Outcome,
  listed: readonly Listed[],
): boolean {
  const reasonFor = (name: string) =>
    listed.find(([test]) => test.test(name))?.[1];
  let faults = 0;
  let lost = 0;
  for (const { name, reason } of failed) {
    const known = reasonFor(name);
    if (known === undefined) {
      console.log(`FAILED ${name}\n${reason}`);
      faults++;
    } else {
      console.log(`lost, ${known}: ${name}`);
      lost++;
    }
  }
  for (const name of passed) {
    if (reasonFor(name) === undefined) continue;
    console.log(`FAILED ${name}\nIt passes, and is listed as lost`);
    faults++;
  }
  console.log(
    `${lost} lost for a listed reason, ${notRun.length} not run`,
  );
  console.log(`${passed.length} passed, ${faults} failed`);
  return faults === 0 && passed.length > 0;
}
