import { workingDirectory } from "../../ffi/path.ts";
import { printableJson } from "../words/printable.ts";
import { collectFacts } from "./collect.ts";
import { machine } from "./files.ts";
import { type Findings, report } from "./report.ts";
import { deduceStep } from "./step.ts";
import { explain, remarks } from "./words.ts";

/**
 * Looks at the shim of a state directory; changes nothing, waits for nothing.
 *
 * @param directory an absolute path
 */
export function inspect(directory: string, from = machine): Findings {
  const facts = collectFacts(directory, from);
  const step = deduceStep(facts);
  return {
    facts,
    step,
    words: explain(facts, step),
    remarks: remarks(facts, step),
  };
}

/** The findings for machines: one JSON object. */
export function inspectionJson(findings: Findings): string {
  const { facts, step, words, remarks } = findings;
  return printableJson({
    ok: isFine(findings),
    step,
    words,
    remarks,
    ...facts,
  });
}

/** Whether the shim lives, or has recorded how its process ended. */
export function isFine({ facts, step }: Findings): boolean {
  return facts.shim !== undefined || step.kind === "ended";
}

/**
 * The command `--inspect`.
 *
 * @returns the exit code: 0 when the shim lives or has recorded how its process
 *   ended, 1 otherwise
 */
export function runInspect(
  { directory, json }: { directory: string; json: boolean },
): number {
  const findings = inspect(
    directory.startsWith("/")
      ? directory
      : `${workingDirectory()}/${directory}`,
  );
  console.log(json ? inspectionJson(findings) : report(findings).trimEnd());
  return isFine(findings) ? 0 : 1;
}
