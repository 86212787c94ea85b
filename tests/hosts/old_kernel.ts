/**
 * Runs the suites of the executable with every system call newer than Linux
 * 3.10 refused to the shim and to what it starts. What such a kernel costs is
 * listed in old_kernel_costs.ts; a test that fails and is not listed, or the
 * other way round, makes it fail.
 */
import { defaultShim } from "../support/build.ts";
import { optionsOf } from "../support/options.ts";
import { pattern, text } from "../support/option_values.ts";
import { Host } from "./host.ts";
import { report } from "./listed.ts";
import { COSTS } from "./old_kernel_costs.ts";
import { runSuite } from "./suite.ts";

const USAGE = `Usage: old_kernel.ts [options]

  --files A,B    tests, by default those of the executable
  --filter RE    only those with such a name
  --help`;

const options = optionsOf(USAGE, { files: text, filter: pattern });
const files = options.files?.split(",") ?? ["tests/executable"];
using host = new Host({ program: defaultShim(), oldKernel: true });
const outcome = await runSuite(files, host.shim, {
  filter: options.filter && `/${options.filter.source}/`,
});
Deno.exitCode = report(outcome, COSTS) ? 0 : 1;
