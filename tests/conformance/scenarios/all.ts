/** Every scenario, in the order in which the table shows them. */
import { argv } from "./argv.ts";
import { commandLine } from "./command_line.ts";
import { consoles } from "./console.ts";
import { control } from "./control.ts";
import { bundle, environment } from "./environment.ts";
import { execs } from "./exec.ts";
import { fifos } from "./fifos.ts";
import { lifecycle } from "./lifecycle.ts";
import { orphans } from "./orphans.ts";
import { output } from "./output.ts";
import { processJson } from "./process_json.ts";
import { restores } from "./restore.ts";
import { runc } from "./runc.ts";
import { runtimeFailures } from "./runtime_failures.ts";
import type { Scenario } from "./scenario.ts";
import { signals } from "./signals.ts";
import { stateDir } from "./state_dir.ts";
import { stdins } from "./stdin.ts";
import { terminals } from "./terminal.ts";

/** A group of scenarios with its heading. */
export interface Theme {
  title: string;
  scenarios: readonly Scenario[];
}

export const THEMES: readonly Theme[] = [
  { title: "A container's life", scenarios: lifecycle },
  { title: "Exec", scenarios: execs },
  { title: "Restore", scenarios: restores },
  { title: "Command line and descriptors of the runtime", scenarios: argv },
  { title: "Terminal", scenarios: terminals },
  { title: "Handing over the terminal", scenarios: consoles },
  { title: "Control messages", scenarios: control },
  { title: "Standard input", scenarios: stdins },
  { title: "Output", scenarios: output },
  { title: "Orphans and zombies", scenarios: orphans },
  { title: "Runtime failures", scenarios: runtimeFailures },
  { title: "process.json", scenarios: processJson },
  { title: "FIFOs and the daemon", scenarios: fifos },
  { title: "The shim's command line", scenarios: commandLine },
  { title: "Signals", scenarios: signals },
  { title: "State directory", scenarios: stateDir },
  { title: "Bundle", scenarios: bundle },
  { title: "Environment, descriptors, limits", scenarios: environment },
  { title: "The real runc", scenarios: runc },
];

/** All scenarios by name. */
export const SCENARIOS: ReadonlyMap<string, Scenario> = new Map(
  THEMES.flatMap(({ scenarios }) => scenarios).map((one) => [one.name, one]),
);
