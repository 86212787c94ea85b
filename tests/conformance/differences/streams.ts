/** Standard input and output. */
import type { Reason } from "../reason.ts";
import { alsoLogs, becomes, endsNormally, LOG } from "./matchers.ts";

export const streams: readonly Reason[] = [
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
