/** shim-log.json and exitStatus. */
import { isDeepStrictEqual as isSame } from "node:util";
import type { Difference } from "../differences_between.ts";
import type { Reason } from "../reason.ts";
import { alsoLogs, becomes, isExitStatus, list, LOG } from "./matchers.ts";

export const log: readonly Reason[] = [
  {
    key: "says why",
    better: true,
    why:
      "When a call of the runtime fails, ours leaves a warning in shim-log.json that says which and " +
      "how. It is never an error there, so the daemon goes on to report the runtime's own message.",
    places: [{
      scenarios:
        /(exec|restore|tty)_runtime_fails|tty_rt_fails_after_console|rt_exit\d+|rt_killed_by_signal|rt_fails_(after_pid|delete_fails|with_log)|rt_gone_after_create|rt_relative_dot|sig_group_during_create|runc_.*|io_stdin_directory|restore_tty/,
      facts: { [LOG]: alsoLogs("warn") },
    }],
  },
  {
    key: "says who holds output",
    better: true,
    why:
      "When init is gone but its output cannot be finished, upstream waits without a word. Ours logs " +
      "who holds the output open, or that nobody reads it.",
    places: [{
      scenarios:
        /(exec_)?orphan_holds_(stdout_not_killed|stdout|stderr_only)|ctl_after_init_exit|stdout_unread_at_exit_200k|stdout_100k_unread_init_gone|stdout_reader_(slow|leaves_big_output|away_and_back)|zombies_during_drain|tty_(grandchild_holds_slave|last_words|detach_reattach_reader)/,
      facts: { [LOG]: alsoLogs("warn") },
    }, {
      scenarios: /orphan_holds_stdout_killed/,
      // Here nobody kills the orphan before the daemon does.
      columns: /0\.2\.[235]/,
      facts: { [LOG]: alsoLogs("warn") },
    }],
  },
  {
    key: "status not lost",
    better: true,
    why:
      "When the file system fills up while the container runs, upstream loses the exit status. Ours " +
      "has the room for it from the start.",
    places: [{
      scenarios: /cwd_enospc_exitStatus_(blocks|inodes)/,
      facts: {
        "files/exitStatus": isExitStatus,
        "files/exitStatus/content": becomes("", "3"),
        "order": withStatus,
      },
    }],
  },
  {
    key: "status in the log",
    better: true,
    why:
      "An exit status that cannot be written is lost without a trace upstream. Ours says in the log " +
      "what it was and why it is not there.",
    places: [{
      scenarios: /exitStatus_is_directory/,
      facts: { [LOG]: alsoLogs("error") },
    }],
  },
];

/** Upstream's order with exitStatus in its place. */
function withStatus({ upstream, ours }: Difference): boolean {
  const others = list(ours).filter((name) => name !== "exitStatus");
  return isSame(others, upstream) && others.length < list(ours).length;
}
