/**
 * Runs the suites of the executable with every system call newer than Linux
 * 3.10 refused to the shim and to what it starts. What such a kernel costs is
 * listed here; a test that fails and is not listed, or the other way round,
 * makes it fail.
 */
import { defaultShim } from "../support/build.ts";
import { optionsOf } from "../support/options.ts";
import { pattern, text } from "../support/option_values.ts";
import { Host } from "./host.ts";
import { type Listed, report } from "./listed.ts";
import { runSuite } from "./suite.ts";

const NO_TMPFILE = "no O_TMPFILE (Linux 3.11)";
const NO_PEER = "no TIOCGPTPEER (Linux 4.13)";

/** What fails on such a kernel, and for which missing call. */
const COSTS: Listed[] = [
  [/^with a spool a container ends though nobody reads/, NO_TMPFILE],
  [/^a spool keeps the output of a terminal too/, NO_TMPFILE],
  [/^a spool is used only while the daemon takes nothing/, NO_TMPFILE],
  [/^packets of a container \(O_DIRECT\) arrive whole through/, NO_TMPFILE],
  [/^a turn of a stream is bounded, also one into a spool/, NO_TMPFILE],
  [/^never fixed: a container stands still after some output/, NO_TMPFILE],
  [/^never fixed: a full disk loses the exit status/, NO_TMPFILE],
  [/^never fixed: a state directory without inodes loses/, NO_TMPFILE],
  [/^modern runtime: an init that lets go of its terminal for a/, NO_PEER],
  [/^the console socket drops another user who gets there/, NO_PEER],
  [
    /^nothing is lost or stands still when calls end with EINTR/,
    "the calls of the program that refuses some are counted too",
  ],
  [
    /^a shim looks for nothing under a name that can be guessed in \/tmp/,
    "it sees the program that refuses the calls",
  ],
];

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
