/** Processes: the container's, the runtime's, and who waits for whom. */
import { isDeepStrictEqual as isSame } from "node:util";
import type { Difference } from "../differences_between.ts";
import type { Reason, Seen } from "../reason.ts";
import {
  becomes,
  givesUp,
  isExitStatus,
  list,
  STILL_RUNNING,
} from "./matchers.ts";

export const processes: readonly Reason[] = [
  {
    key: "no zombies",
    better: true,
    why:
      "Upstream reaps orphans only while the container runs. Ours reaps them at all times.",
    places: [{
      scenarios: /zombies_during_(create|drain)|exit_before_create_returns/,
      facts: {
        "init_state_while_create_runs": becomes("Z", null),
        "init_parent_is_shim": becomes(true, null),
        "zombies_while_create_runs": becomes(2, 0),
        "zombies": becomes(1, 0),
      },
    }],
  },
  {
    key: "no wait for strangers",
    better: true,
    why:
      "Upstream waits until everybody has closed the pipe that `runtime kill` prints to, also what it " +
      "left in the background. Ours waits for the call itself.",
    places: [{
      scenarios: /rt_background_child_holds_pipe/,
      facts: { "shim_waited_for_pipe_holder": becomes(true, false) },
    }],
  },
  {
    key: "pid of a child",
    better: true,
    why:
      "With a pid file that names no child of the shim, upstream runs on for ever and the end of the " +
      "container is never reported. Ours reports the error and cleans up.",
    places: [{
      scenarios: /rt_pidfile_(zero|negative|not_child|stale_not_overwritten)/,
      facts: { ...givesUp, "after_init_exit": becomes(STILL_RUNNING, 1) },
    }],
  },
  {
    key: "death signal",
    better: true,
    why:
      "In 0.2.2 a call of `delete` goes on when the shim is killed. Ours ends every call of the runtime " +
      "with the shim, as all later ones do.",
    places: [{
      scenarios: /create_attrs|tty_attrs|sig_kill_shim_during_delete/,
      columns: /0\.2\.2/,
      facts: {
        "attrs/1/pdeathsig": becomes(0, 9),
        "delete_cmd_after": becomes("S", "Z"),
      },
    }],
  },
  {
    key: "restore like the later ones",
    better: true,
    why:
      "0.2.3 restores without `-d`, so the runtime stays in the foreground and the end of the container " +
      "is taken for a failed start; and both name CRIU's directory by the second, so that two restores " +
      "may share one. Ours does what 0.2.6 and later do.",
    places: [{
      scenarios: /restore_.*/,
      columns: /0\.2\.[35]/,
      facts: {
        "runtime_calls/0/argv": isLaterRestore,
        "files/exitStatus": isExitStatus,
        "runtime_calls/1": isNoDeleteOfLived,
        "order": ({ ours }) =>
          isSame(ours, [
            "restore",
            "restore.end",
            "exitStatus",
            "exit_eof~shim_exit",
          ]),
        "shim_exit": becomes(STILL_RUNNING, 0),
      },
    }],
  },
  {
    key: "every signal",
    better: true,
    why:
      "The signals 32 to 34 belong to the C library and kill or spare a shim as its toolchain has it. " +
      "Ours survives every signal that can be survived.",
    places: [{
      scenarios: /sig_each/,
      facts: {
        "ignored": hasAlso([32, 33, 34]),
        "not_ignored/(32|33|34)": ({ ours }) => ours === undefined,
      },
    }],
  },
  {
    key: "neither starts",
    better: false,
    why:
      "In a working directory that does not exist neither language's runtime comes up: Go's ends with 2, " +
      "Deno's with 101, each with a text on stderr and before anything is touched.",
    places: [{
      scenarios: /cwd_deleted/,
      facts: { "shim_exit": becomes(2, 101) },
    }],
  },
];

/** Upstream's words, in the background, with a directory named to the nanosecond. */
function isLaterRestore({ upstream, ours }: Difference): boolean {
  const words = list(ours).map((word) =>
    String(word).replace("<RFC3339NANO>", "<RFC3339>")
  );
  return isSame(words, upstream) ||
    isSame(words.filter((word) => word !== "-d"), upstream);
}

/** The container lived and ended, so that there is no failed start to clean up. */
function isNoDeleteOfLived({ ours }: Difference, seen: Seen): boolean {
  const files = seen.ours.files as Record<string, unknown>;
  return ours === undefined && files.exitStatus !== undefined;
}

/** Upstream's list and some of these. */
function hasAlso(allowed: readonly number[]) {
  return ({ upstream, ours }: Difference) =>
    list(upstream).every((one) => list(ours).includes(one)) &&
    list(ours).every((one) =>
      list(upstream).includes(one) || allowed.includes(Number(one))
    );
}
