/** How the terminal gets from the runtime to the shim, and what goes wrong there. */
import type { Run } from "../../support/harness.ts";
import { lifetime, namesIn, plain, type Scenario } from "./scenario.ts";

const terminal = true;

const wrongHandovers = [
  "none",
  "nosend",
  "nottyfd",
  "noscm",
  "twofds",
  "longname",
  "emptyname",
  "twoconn",
] as const;

export const consoles: Scenario[] = [
  // The runtime hands the terminal over wrongly.
  ...wrongHandovers.map((mode) =>
    plain(`tty_console_${mode}`, {
      init: "sleep 1.5; exit 0",
      terminal,
      runtime: { console: { mode } },
      withinMs: 4000,
    })
  ),
  // The runtime sends the terminal 700 ms late.
  plain("tty_console_late", {
    init: "echo hi; exit 3",
    terminal,
    runtime: { console: { delayMs: 700 } },
  }),
  plain("tty_runtime_fails", {
    init: null,
    terminal,
    runtime: { create: { failBefore: 1, stderr: "boom\n" } },
    withinMs: 4000,
  }),
  // Terminal handed over, container started, then the runtime fails.
  plain("tty_rt_fails_after_console", {
    init: "sleep 1; exit 0",
    terminal,
    runtime: { create: { exit: 1 } },
    withinMs: 4000,
  }),
  plain("tty_runtime_missing", {
    init: null,
    terminal,
    start: (run) => ({ args: [run.id, run.bundle, "/nonexistent/rt"] }),
  }),
  plain("tty_tmpdir_missing", {
    terminal,
    start: { addedEnv: { TMPDIR: "/nonexistent/tmp" } },
  }),
  // TMPDIR so long that the path of the socket does not fit.
  plain("tty_tmpdir_long", {
    terminal,
    before: (run) => Deno.mkdirSync(longDirectory(run)),
    start: (run) => ({ addedEnv: { TMPDIR: longDirectory(run) } }),
    withinMs: 4000,
    facts: (run) => ({
      left_in_long_dir: namesIn(longDirectory(run)).map((name) =>
        name.replace(/\d+/g, "<RANDOM>")
      ),
    }),
  }),
  plain("tty_tmpdir_unset", {
    terminal,
    start(run) {
      const { TMPDIR: _, ...env } = run.baseEnv();
      return { env };
    },
    withinMs: 4000,
  }),
  plain("tty_stdout_missing", {
    terminal,
    ioFifos: ["stdin", "stderr"],
    withinMs: 4000,
  }),
  plain("tty_stdin_missing", {
    terminal,
    ioFifos: ["stdout", "stderr"],
    withinMs: 4000,
  }),
  plain("tty_stdout_no_reader", {
    slow: true,
    init: "echo hi; exit 0",
    terminal,
    readers: ["exit", "control", "stderr"],
    withinMs: 18_000,
    facts: lifetime,
  }),
];

function longDirectory({ tmp }: Run): string {
  return `${tmp}/${"d".repeat(100)}`;
}
