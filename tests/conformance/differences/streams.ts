/** Standard input and output. */
import type { Reason } from "../reason.ts";
import {
  alsoLogs,
  becomes,
  endsNormally,
  isAbsent,
  isNoCallAtAll,
  isSame,
  list,
  LOG,
  notStarted,
  STILL_RUNNING,
} from "./matchers.ts";

export const streams: readonly Reason[] = [
  {
    key: "kernel pipes",
    better: false,
    why:
      "The two hold different amounts of data between daemon and container, so whoever writes to " +
      "somebody that does not read has to wait at another point. Nothing is lost with either.",
    places: [{
      scenarios:
        /stdin_container_never_reads|stdout_unread_at_exit_200k|stdout_reader_(away_and_back|leaves_big_output)/,
      facts: {
        "buffered_in_fifo": ({ upstream, ours }) =>
          upstream === 65_536 && Number(ours) > 65_536,
        "files/exitStatus/content": becomes("137", "0"),
        "accepted_more_than_128KiB": becomes(true, "exactly 128 KiB"),
        "exitStatus_before_reading": becomes(false, true),
      },
    }],
  },
  {
    key: "both streams",
    better: true,
    why:
      "Where stdout and stderr name one path, shims before 0.2.9 connect only stderr: everything on " +
      "stdout is lost, and more than a pipe of it blocks the container for ever.",
    places: [{
      scenarios: /all_devnull_big_stdout|same_fifo_stdout_stderr/,
      facts: { ...endsNormally, "stdout": becomes("e1\n", "o1\ne1\no2\n") },
    }],
  },
  {
    key: "FIFO stays open",
    better: true,
    why:
      "When a container closes its output and lives on, shims before 0.2.9 close the FIFO, and a daemon " +
      "that restarts then hangs in opening it. Ours keeps it open until the container has ended.",
    places: [{
      scenarios: /stdout_closed_by_container/,
      facts: {
        "shim_holds_stdout_fifo": becomes(false, true),
        "stdout_eof_while_running": becomes(true, false),
      },
    }],
  },
  {
    key: "waits for a reader",
    better: false,
    why:
      "Shims before 0.2.5 start the container although nobody listens, and what it prints is lost if " +
      "nobody comes in time. Ours waits 15 s for the reader, as all later ones do, and then gives up.",
    places: [{
      scenarios:
        /(tty_)?stdout_no_reader|stderr_no_reader|both_readers_late_total_budget/,
      columns: /0\.2\.[23]/,
      facts: {
        ...notStarted,
        "shim_lifetime_s": ({ upstream, ours }) =>
          upstream === 0 && Math.abs(Number(ours) - 15) <= 1,
        "stdout": becomes("hi\n", ""),
      },
    }, {
      scenarios: /stdout_reader_late/,
      columns: /0\.2\.[23]/,
      facts: {
        "runtime_calls_before_reader": ({ ours }) => list(ours).length === 0,
        "stdout": becomes("", "hi\n"),
      },
    }, {
      scenarios: /no_reader_held_fds/,
      columns: /0\.2\.[23]/,
      facts: {
        "files/(exitStatus|pid)": isAbsent,
        "runtime_calls/\\d": isNoCallAtAll,
        "alive_after_SIGTERM": becomes(false, true),
        "held": becomes(null, [
          "$IO/stdin",
          "$STATE/control",
          "$STATE/exit",
          "$STATE/shim-log.json",
        ]),
        "order": ({ ours }) => isSame(ours, []),
        "shim_exit": becomes(0, STILL_RUNNING),
      },
    }],
  },
  {
    key: "broken output",
    better: true,
    why:
      "After one error in writing output upstream stops copying for good, the container blocks and the " +
      "shim never ends. Ours says so and keeps the container running.",
    places: [{
      scenarios: /io_stdout_devzero_stderr_devfull/,
      facts: { ...endsNormally, [LOG]: alsoLogs("warn") },
    }],
  },
];
