/** How the shim takes its own command line. */
import type { Run } from "../../support/harness.ts";
import { plain, type Scenario, scenario } from "./scenario.ts";

type Arguments = string[] | ((run: Run) => string[]);

function started(name: string, args: Arguments): Scenario {
  return plain(`cli_${name}`, {
    start: (run) => ({ args: typeof args === "function" ? args(run) : args }),
    withinMs: 3000,
  });
}

export const commandLine: Scenario[] = [
  started("none", []),
  started("one", (run) => [run.id]),
  started("two", (run) => [run.id, run.bundle]),
  started("four", (run) => [run.id, run.bundle, run.runtime, "extra"]),
  started("h", ["-h"]),
  started("help", ["--help"]),
  started("help1", ["-help"]),
  started("unknown_flag", ["--nope"]),
  started("unknown_flag_short", ["-x", "a", "b", "c"]),
  started("flag_eq", ["--nope=1"]),
  started("version", ["--version"]),
  started("v", ["-v"]),
  started("dashdash", (run) => ["--", run.id, run.bundle, run.runtime]),
  started("dash", (run) => ["-", run.bundle, run.runtime]),
  started("flag_after_args", (run) => [run.id, run.bundle, run.runtime, "-h"]),
  started("id_dash_after_dd", (run) => ["--", "-id", run.bundle, run.runtime]),
  started("empty_id", (run) => ["", run.bundle, run.runtime]),
  started("odd_id", (run) => ['we ird/../\n"id', run.bundle, run.runtime]),
  started("triple_dash", ["---x"]),
  started("dash_eq", ["-="]),
  // An empty working directory, no arguments.
  scenario("cli_no_state", {}, async (run) => {
    for (const directory of [run.state, run.tmp]) {
      Deno.mkdirSync(directory, { recursive: true });
    }
    await run.start({ args: [] });
    await run.exitsWithin(3000);
  }),
];
