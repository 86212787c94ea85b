/**
 * The conformance cases that matter most, against the executable; and the
 * suite's test of itself with shims that do one thing wrong.
 */
import assert from "node:assert/strict";
import { compiled, defaultShim } from "../support/build.ts";
import { compareAll } from "./comparison.ts";
import { isFault } from "./cell.ts";
import { faultDetails } from "./fault_details.ts";

const IMPORTANT = new Set(
  `create_exit0 create_exit7 create_sig9 create_sig15 create_attrs order_slow_runtime
   exit_before_create_returns stop_then_cont stale_files umask_077
   exec_exit7 exec_tty exec_attrs exec_same_id exec_grandchild_survives exec_orphan_holds_stdout
   restore_all restore_exit7 restore_relative_path noPivotRoot_tty runtimeArgs rootUIDGID
   tty_output tty_attrs tty_ctrl_c tty_close_stdin_message tty_detach_reattach_reader tty_last_words
   tty_console_twofds tty_console_noscm tty_console_late tty_runtime_fails
   ctl_resize ctl_garbage_prefix_same_line ctl_no_newline_then_digit ctl_resize_two_before_console
   stdin_writer_eof stdin_close_then_writer stdin_close_with_pending_data stdin_1MiB stdin_devnull
   all_devnull_big_stdout same_fifo_stdout_stderr stdout_reader_away_and_back stdout_unread_at_exit
   stdout_100k_unread_init_gone orphan_holds_stdout_killed orphan_holds_stdout_not_killed
   zombies_reaped zombies_during_drain rt_missing_abs rt_exit1 rt_create_prints rt_no_pidfile
   rt_pidfile_newline rt_kill_fails pj_missing pj_invalid pj_nulls_everywhere pj_case_insensitive_keys
   io_stdin_missing io_exit_reader_reattaches cli_none cli_unknown_flag sig_dispositions sig_inherited
   sig_kill_shim_during_create sig_kill_shim_while_running cwd_pwd_env_alias bundle_relative
   env_passthrough fd_inherited rlimits_inherited shim_is_subreaper runc_exit7 runc_tty`
    .split(/\s+/),
);

Deno.test("the executable does what upstream does", async (t) => {
  const { cells } = await compareAll({
    shim: defaultShim(),
    wanted: ({ name }) => IMPORTANT.has(name),
    workers: 4,
  });
  assert.deepEqual(new Set(cells.keys()), IMPORTANT);
  for (const [scenario, row] of cells) {
    for (const [column, cell] of row) {
      await t.step(`${scenario} as in ${column}`, () => {
        const details = faultDetails(
          new Map([[scenario, new Map([[column, cell]])]]),
        );
        assert.ok(!isFault(cell), details.join("\n"));
      });
    }
  }
});

/** What each broken shim does wrong, and a scenario that must catch it. */
const FAULTS: Record<string, string> = {
  EXIT_CLOSES_FIRST: "order_slow_runtime",
  SIGPIPE_IGNORED: "sig_dispositions",
  LAST_CHUNK_LOST: "create_exit7",
  FD_LEAKED: "create_attrs",
  SIGNAL_STATUS: "create_sig9",
  NO_DELETE: "create_exit0",
  NO_DEATH_SIGNAL: "sig_kill_shim_during_create",
  ZOMBIES: "zombies_reaped",
  STDIN_NEVER_ENDS: "stdin_close_queued_before_start",
  EXEC_KILLS: "exec_grandchild_survives",
  // Faults in what is taken out of the comparison.
  OTHER_WARNING: "create_exit0",
  WARNS_TWICE: "create_exit0",
  LOG_UNESCAPED: "rt_no_pidfile",
  EMPTY_CONSOLE: "create_exit0",
};

Deno.test("the suite passes a small correct shim", async () => {
  const { cells } = await compareAll({
    shim: referenceShim("NOTHING"),
    wanted: ({ name }) => Object.values(FAULTS).includes(name),
    workers: 4,
  });
  assert.deepEqual(faultDetails(cells), []);
});

for (const [fault, scenario] of Object.entries(FAULTS)) {
  Deno.test(`the suite catches a shim with ${fault} in ${scenario}`, async () => {
    const { cells } = await compareAll({
      shim: referenceShim(fault),
      wanted: ({ name }) => name === scenario,
      workers: 1,
      secondTry: false,
    });
    for (const [column, cell] of cells.get(scenario)!) {
      assert.equal(cell.kind, "differs", `${scenario} as in ${column}`);
    }
  });
}

/** The small shim with one fault. */
function referenceShim(fault: string): string {
  const flags = ["-static", `-DBREAK=${fault}`];
  return compiled("conformance/reference_shim.c", "gcc", ...flags);
}
