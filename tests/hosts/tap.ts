/** What became of the tests of a run, by name. */
export interface Outcome {
  passed: string[];
  failed: { name: string; reason: string }[];
  notRun: string[];
  /** Those of the passed that had failed before. */
  secondTry?: string[];
}

/**
 * Reads what `deno test --reporter=tap` prints (the Test Anything Protocol,
 * version 14). Steps of tests are part of their test.
 *
 * @throws {Error} when the run has not come to its end
 */
export function parseTap(text: string): Outcome {
  const outcome: Outcome = { passed: [], failed: [], notRun: [] };
  let plan: number | undefined;
  let ended = 0;
  for (const line of text.split("\n")) {
    const planned = /^1\.\.(\d+)/.exec(line);
    if (planned) plan = Number(planned[1]);
    const diagnosis = /^ {2}(\{"message":.*\})$/.exec(line);
    const failure = outcome.failed.at(-1);
    if (diagnosis && failure?.reason === "") {
      failure.reason = JSON.parse(diagnosis[1]).message;
    }
    const [, not, written] = /^(not )?ok \d+ - (.*)$/.exec(line) ?? [];
    if (written === undefined) continue;
    ended++;
    const skipped = / # SKIP/.test(written);
    const name = written.replace(/ # SKIP.*$/, "").replaceAll("\\#", "#");
    if (skipped) outcome.notRun.push(name);
    else if (not) outcome.failed.push({ name, reason: "" });
    else outcome.passed.push(name);
  }
  if (plan === undefined || ended < plan) {
    throw new Error(`The tests did not come to their end:\n${text}`);
  }
  return outcome;
}
