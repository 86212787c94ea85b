/** How the terminal gets from the runtime to the shim, and what goes wrong there. */
import { plain, type Scenario, scenario, secondsUntil } from "./scenario.ts";

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
  ...wrongHandovers.map((mode) =>
    plain(`tty_console_${mode}`, {
      about: `the runtime hands the terminal over wrongly: ${mode}`,
      init: "sleep 1.5; exit 0",
      terminal,
      runtime: { console: { mode } },
      withinMs: 4000,
    })
  ),
  plain("tty_console_late", {
    about: "the runtime sends the terminal 700 ms late",
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
  plain("tty_rt_fails_after_console", {
    about: "terminal handed over, container started, then the runtime fails",
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
  scenario(
    "tty_tmpdir_long",
    {
      terminal,
      about: "TMPDIR so long that the path of the socket does not fit",
    },
    async (run) => {
      run.setup({ terminal });
      const directory = `${run.tmp}/${"d".repeat(100)}`;
      Deno.mkdirSync(directory);
      await run.start({ addedEnv: { TMPDIR: directory } });
      await run.exitsWithin(4000);
      const left = [...Deno.readDirSync(directory)];
      return {
        left_in_long_dir: left.map(({ name }) =>
          name.replace(/\d+/g, "<RANDOM>")
        ),
      };
    },
  ),
  {
    ...scenario("tty_tmpdir_unset", { terminal }, async (run) => {
      run.setup({ terminal });
      const { TMPDIR: _, ...env } = run.baseEnv();
      await run.start({ env });
      await run.exitsWithin(4000);
      return run.facts();
    }),
    allFacts: true,
  },
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
  scenario("tty_stdout_no_reader", { terminal, slow: true }, async (run) => {
    run.setup({
      init: "echo hi; exit 0",
      terminal,
      readers: ["exit", "control", "stderr"],
    });
    await run.start();
    await run.exitsWithin(18_000);
    const seconds = secondsUntil(run, "eof", "exit");
    return { shim_lifetime_s: seconds === null ? null : Math.round(seconds) };
  }),
];
