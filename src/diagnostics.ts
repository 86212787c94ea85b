import type { Command } from "./args.ts";
import { runCheck } from "./check/check.ts";
import { runInspect } from "./inspect/inspect.ts";
import { VERSION } from "./words/version.ts";

/** What can be found out about the program, the machine and a shim. */
export type Diagnosis = Extract<
  Command,
  { kind: "version" | "check" | "inspect" }
>;

/**
 * Runs one of the commands that only look, and change nothing.
 *
 * @param program the name of the program
 * @returns the exit code
 */
export async function runDiagnosis(
  command: Diagnosis,
  program: string,
): Promise<number> {
  switch (command.kind) {
    case "version":
      console.log(`${program} ${VERSION}`);
      return 0;
    case "check":
      return await runCheck(command);
    case "inspect":
      return runInspect(command);
    default:
      return command satisfies never;
  }
}
