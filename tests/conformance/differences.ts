/**
 * Every deliberate difference from upstream, each with the scenarios and facts
 * that it may touch, the exact form that ours has there, and the reason why a
 * user wants it. Whatever is not explained here is a fault.
 */
import {
  canonical,
  type Deliberate,
  type Difference,
  type Matcher,
  type Seen,
} from "./compare.ts";

const ANY = /.*/;

/** What comes after the end of init, for daemons of each age. */
const ENDINGS = [
  ["exitStatus", "kill", "kill.end", "delete", "delete.end"],
  ["exitStatus", "delete", "delete.end"],
  ["exitStatus"],
].map((names) => [...names, "exit_eof~shim_exit"]);
const STILL_RUNNING = "still running";
const LOG = "(?:.*/)?files/shim-log\\.json/content";

/** The facts of a shim that ends by itself where upstream's waits for ever. */
const endsNormally: Deliberate["facts"] = {
  "files/exitStatus": isExitStatus,
  "order": goesOnToEnd,
  "runtime_calls/extra": isCall("kill", "delete"),
  "shim_exit": becomes(STILL_RUNNING, 0),
};

/** The facts of a start that is given up, with an error, where upstream's waits for ever. */
const givesUp: Deliberate["facts"] = {
  "order": goesOnWith("delete", "delete.end", "exit_eof~shim_exit"),
  "runtime_calls/extra": isCall("delete"),
  "shim_exit": becomes(STILL_RUNNING, 1),
  [`${LOG}/levels`]: logs("error"),
  [`${LOG}/form`]: becomes("empty", "lines"),
};

/** A warning beside what upstream says. */
const alsoWarns: Deliberate["facts"] = {
  [`${LOG}/levels`]: logs("warn"),
  [`${LOG}/form`]: becomes("empty", "lines"),
};

/** The facts of a start that is refused, with an error, where upstream's starts. */
const notStarted: Deliberate["facts"] = {
  "files/exitStatus": isAbsent,
  "files/pid": isAbsent,
  "runtime_calls/\\d": isNoCallAtAll,
  "order": becomesOnly("exit_eof~shim_exit"),
  "shim_exit": becomes(0, 1),
  "shim_lifetime_s": ({ upstream, ours }) =>
    upstream === 0 && Math.abs(Number(ours) - 15) <= 1,
  "stdout": becomes("hi\n", ""),
  [`${LOG}/levels`]: logs("error"),
  [`${LOG}/form`]: becomes("empty", "lines"),
};

const HELD_OUTPUT =
  "When init is gone but its output cannot be finished, upstream waits without a word. Ours logs, " +
  "once, who holds the output open or that nobody reads it.";

const WAITS_FOR_READER =
  "Shims before 0.2.5 start the container although nobody listens, and what it prints is lost if " +
  "nobody comes in time. Ours waits 15 s for the reader, as all later ones do.";

export const DELIBERATE: readonly Deliberate[] = [
  // ---- shim-log.json -------------------------------------------------------
  {
    key: "quiet log",
    everywhere: true,
    scenarios: ANY,
    facts: { [`${LOG}/bogus_warning`]: becomes(true, false) },
    reason:
      "Upstream closes its descriptors twice at the end and logs the failure, so every perfectly " +
      "normal run leaves a warning in shim-log.json. Ours logs only what somebody should read.",
  },
  {
    key: "valid log",
    everywhere: true,
    scenarios: ANY,
    facts: {
      [`${LOG}/form`]: ({ upstream, ours }) =>
        (upstream === "objects" || upstream === "broken") && ours === "lines",
    },
    reason:
      "Upstream puts error texts between quotes without escaping them and begins no new line, so the " +
      "daemon cannot decode an error with a quote in it and the cause is lost. Ours writes one valid " +
      "JSON object a line.",
  },
  {
    key: "says why",
    scenarios:
      /(exec|restore|tty)_runtime_fails|tty_rt_fails_after_console|rt_exit\d+|rt_killed_by_signal|rt_fails_(after_pid|delete_fails|with_log)|rt_gone_after_create|rt_relative_dot|sig_group_during_create|runc_.*|io_stdin_directory|restore_tty/,
    facts: {
      [`${LOG}/levels`]: logsWarnings,
      [`${LOG}/form`]: becomes("empty", "lines"),
    },
    reason:
      "When a call of the runtime fails, ours leaves a warning in shim-log.json that says which and " +
      "how. It is never an error there, so the daemon goes on to report the runtime's own message.",
  },
  {
    key: "says who holds output",
    scenarios:
      /(exec_)?orphan_holds_(stdout_not_killed|stdout|stderr_only)|ctl_after_init_exit|stdout_unread_at_exit_200k|stdout_100k_unread_init_gone|stdout_reader_(slow|leaves_big_output|away_and_back)|zombies_during_drain|tty_(grandchild_holds_slave|last_words|detach_reattach_reader)/,
    facts: alsoWarns,
    reason: HELD_OUTPUT,
  },

  {
    key: "says who holds output",
    scenarios: /orphan_holds_stdout_killed/,
    // Here nobody kills the orphan before the daemon does.
    columns: /0\.2\.[235]/,
    facts: alsoWarns,
    reason: HELD_OUTPUT,
  },

  // ---- exitStatus ----------------------------------------------------------
  {
    key: "status not lost",
    scenarios: /cwd_enospc_exitStatus_(blocks|inodes)/,
    facts: {
      "files/exitStatus": isExitStatus,
      "files/exitStatus/content": becomes("", "3"),
      "order": withStatus,
    },
    reason:
      "When the file system fills up while the container runs, upstream loses the exit status. Ours " +
      "has the room for it from the start.",
  },
  {
    key: "status in the log",
    scenarios: /exitStatus_is_directory/,
    facts: {
      [`${LOG}/levels`]: logs("error"),
      [`${LOG}/form`]: becomes("empty", "lines"),
    },
    reason:
      "An exit status that cannot be written is lost without a trace upstream. Ours says in the log " +
      "what it was and why it is not there.",
  },

  // ---- the runtime's command line and descriptors --------------------------
  {
    key: "no empty console",
    everywhere: true,
    scenarios: ANY,
    facts: {
      "(?:.*/)?(?:runtime_calls|attrs)/\\d+/argv": withoutEmptyConsole,
      "calls": withoutEmptyConsole,
    },
    reason:
      'Without a terminal, shims before 0.2.9 pass `--console ""`, which every runc since 1.0 refuses ' +
      "and older ones do not need. Ours passes no console flag.",
  },
  {
    key: "any runc",
    scenarios: /runc_exit0_nowrap|runc_tty|runc_bundle_without_config/,
    facts: {
      "calls": usesConsoleSocket,
      "files/exitStatus": isExitStatus,
      "files/pid": isPid,
      "files/log\\.json/content/levels": becomes(["error"], []),
      "files/log\\.json/content/form": becomes("lines", "empty"),
      "order": wholeLife,
      "start_rc": becomes(undefined, 0),
      "stderr": ({ upstream, ours }, { scenario }) =>
        upstream === "flag provided but not defined: -console\n" &&
        (scenario === "runc_bundle_without_config"
          ? ours === "runc create failed\n"
          : ours === ""),
      "stdout": isOutputOfContainer,
    },
    reason:
      "Shims before 0.2.9 cannot start anything with runc 1.0 or later, because it does not know " +
      "`--console`. Ours works with both kinds of runc.",
  },
  {
    key: "asks the runtime",
    everywhere: true,
    scenarios: ANY,
    facts: {
      "(?:runtime_calls|attrs)/extra": isRefusedCall,
      "order": afterRefusedCall,
      "files/log\\.json": isEmptyLog,
      "sock": isPrivateSocket,
    },
    reason:
      "Nothing tells the shim which console flag a runtime knows. Ours passes `--console-socket`, and " +
      "when the runtime refuses the flag as unknown, `--console`. The refusal reaches neither the " +
      "client nor log.json.",
  },
  {
    key: "open 0 to 2",
    scenarios: /tty_attrs/,
    facts: { "attrs/0/fds": isNullAndCapture },
    reason:
      "With a terminal upstream starts the runtime with 0, 1 and 2 closed, so that the first files it " +
      "opens get these numbers; crun fails that way. Ours gives it /dev/null and a pipe for its words.",
  },
  {
    key: "no leaked terminal",
    scenarios: /tty_attrs/,
    facts: { "attrs/1/fds": withoutTerminal },
    reason:
      "Upstream 0.2.9 leaks the terminal's master to `runtime kill`. Ours gives the runtime nothing but " +
      "0, 1 and 2.",
  },
  {
    key: "no leaked descriptors",
    scenarios: /fd_inherited/,
    facts: { "runtime_extra_fds/.*": becomes([77], []) },
    reason:
      "A descriptor that the shim was started with by accident goes on to the runtime, and so into " +
      "containers, upstream. Ours passes on none.",
  },
  {
    key: "environment as it is",
    scenarios: /env_passthrough/,
    facts: { "env/.*": isWholeEnvironment },
    reason:
      "The runtime gets the environment exactly as the shim got it, also what is there twice or empty.",
  },
  {
    key: "right group",
    scenarios: /rootUIDGID/,
    facts: { "create_fds": withGroup },
    reason:
      "Shims before 0.2.9 give the container's pipes to the group with the user's number. Ours gives " +
      "them to the group that was asked for.",
  },

  // ---- terminal and control ------------------------------------------------
  {
    key: "tidy",
    scenarios: /tty_.*|restore_tty/,
    facts: {
      "tmpdir_left": becomes(["pty<RANDOM>"], undefined),
      "left_in_long_dir": becomes(["pty<RANDOM>"], []),
    },
    reason:
      "After a failed start upstream leaves the directory of the console socket behind. Ours removes it.",
  },
  {
    key: "no wait for a console",
    scenarios: /restore_tty/,
    facts: endsNormally,
    reason:
      "A restored container gets no terminal, so upstream waits for one for ever and the daemon never " +
      "learns that the container has ended. Ours serves it like any other.",
  },
  {
    key: "any TMPDIR",
    scenarios: /tty_tmpdir_(missing|long)/,
    facts: {
      "files/exitStatus": isExitStatus,
      "files/pid": isPid,
      [`${LOG}/levels`]: becomes(["error"], []),
      [`${LOG}/form`]: becomes("objects", "empty"),
      "order": wholeLife,
      "runtime_calls/extra": isCall("create", "start", "kill", "delete"),
      "shim_exit": becomes(1, 0),
    },
    reason:
      "With a TMPDIR that does not exist, or is too long for the path of a socket, upstream 0.2.9 " +
      "cannot start a container with a terminal. Ours makes its socket elsewhere then.",
  },
  {
    key: "last size wins",
    scenarios: /ctl_resize_(two|five)_before_console/,
    facts: {
      "winsize_ioctls": ({ upstream, ours }) =>
        canonical((upstream as unknown[]).slice(-1)) === canonical(ours),
    },
    reason:
      "Of several sizes that come before there is a terminal, ours sets the last one, at once; the " +
      "program in the container is not sent through all of them.",
  },
  {
    key: "no spinning",
    scenarios: /ctl_regular_file/,
    facts: { "spins": becomes(true, false) },
    reason:
      "A regular file in the place of `control` makes upstream use a whole processor for ever.",
  },

  // ---- streams -------------------------------------------------------------
  {
    key: "kernel pipes",
    scenarios:
      /stdin_container_never_reads|stdout_unread_at_exit_200k|stdout_reader_(away_and_back|leaves_big_output)/,
    facts: {
      "buffered_in_fifo": ({ upstream, ours }) =>
        upstream === 65_536 && Number(ours) > 65_536,
      "files/exitStatus/content": becomes("137", "0"),
      "accepted_more_than_128KiB": becomes(true, "exactly 128 KiB"),
      "exitStatus_before_reading": becomes(false, true),
    },
    reason:
      "Ours moves data from pipe to pipe inside the kernel. There is no buffer in the shim whose " +
      "content would die with it, and output pipes are larger, so that a slow reader holds the " +
      "container up later.",
  },
  {
    key: "both streams",
    scenarios: /all_devnull_big_stdout|same_fifo_stdout_stderr/,
    facts: {
      ...endsNormally,
      "stdout": becomes("e1\n", "o1\ne1\no2\n"),
    },
    reason:
      "Where stdout and stderr name one path, shims before 0.2.9 connect only stderr: everything on " +
      "stdout is lost, and more than a pipe of it blocks the container for ever.",
  },
  {
    key: "FIFO stays open",
    scenarios: /stdout_closed_by_container/,
    facts: {
      "shim_holds_stdout_fifo": becomes(false, true),
      "stdout_eof_while_running": becomes(true, false),
    },
    reason:
      "When a container closes its output and lives on, shims before 0.2.9 close the FIFO, and a daemon " +
      "that restarts then hangs in opening it. Ours keeps it open until the container has ended.",
  },
  {
    key: "waits for a reader",
    scenarios:
      /(tty_)?stdout_no_reader|stderr_no_reader|both_readers_late_total_budget/,
    columns: /0\.2\.[23]/,
    facts: notStarted,
    reason: WAITS_FOR_READER,
  },
  {
    key: "waits for a reader",
    scenarios: /stdout_reader_late/,
    columns: /0\.2\.[23]/,
    facts: {
      "runtime_calls_before_reader": ({ ours }) => list(ours).length === 0,
      "stdout": becomes("", "hi\n"),
    },
    reason: WAITS_FOR_READER,
  },
  {
    key: "waits for a reader",
    scenarios: /no_reader_held_fds/,
    columns: /0\.2\.[23]/,
    facts: {
      ...notStarted,
      "alive_after_SIGTERM": becomes(false, true),
      "held": becomes(null, [
        "$IO/stdin",
        "$STATE/control",
        "$STATE/exit",
        "$STATE/shim-log.json",
      ]),
      "order": ({ ours }) => list(ours).length === 0,
      "shim_exit": becomes(0, STILL_RUNNING),
    },
    reason: WAITS_FOR_READER,
  },
  {
    key: "broken output",
    scenarios: /io_stdout_devzero_stderr_devfull/,
    facts: { ...endsNormally, ...alsoWarns },
    reason:
      "After one error in writing output upstream stops copying for good, the container blocks and the " +
      "shim never ends. Ours says so once and keeps the container running.",
  },

  // ---- processes -----------------------------------------------------------
  {
    key: "no zombies",
    scenarios: /zombies_during_(create|drain)|exit_before_create_returns/,
    facts: {
      "init_state_while_create_runs": becomes("Z", null),
      "init_parent_is_shim": becomes(true, null),
      "zombies_while_create_runs": becomes(2, 0),
      "zombies": becomes(1, 0),
    },
    reason:
      "Upstream reaps orphans only while the container runs. Ours reaps them at all times.",
  },
  {
    key: "no wait for strangers",
    scenarios: /rt_background_child_holds_pipe/,
    facts: { "shim_waited_for_pipe_holder": becomes(true, false) },
    reason:
      "Upstream waits until everybody has closed the pipe that `runtime kill` prints to, also what it " +
      "left in the background. Ours waits for the call itself.",
  },
  {
    key: "pid of a child",
    scenarios: /rt_pidfile_(zero|negative|not_child|stale_not_overwritten)/,
    facts: { ...givesUp, "after_init_exit": becomes(STILL_RUNNING, 1) },
    reason:
      "With a pid file that names no child of the shim, upstream runs on for ever and the end of the " +
      "container is never reported. Ours reports the error and cleans up.",
  },

  {
    key: "death signal",
    scenarios: /create_attrs|tty_attrs|sig_kill_shim_during_delete/,
    columns: /0\.2\.2/,
    facts: {
      "attrs/1/pdeathsig": becomes(0, 9),
      "delete_cmd_after": becomes("S", "Z"),
    },
    reason:
      "In 0.2.2 a call of `delete` goes on when the shim is killed. Ours ends every call of the runtime " +
      "with the shim, as all later ones do.",
  },
  {
    key: "restore like the later ones",
    scenarios: /restore_.*/,
    columns: /0\.2\.[35]/,
    facts: {
      "runtime_calls/0/argv": isLaterRestore,
      "files/exitStatus": isExitStatus,
      "runtime_calls/1": isNoDeleteOfLived,
      "order": wholeRestore,
      "shim_exit": becomes(STILL_RUNNING, 0),
    },
    reason:
      "0.2.3 restores without `-d`, so the runtime stays in the foreground and the end of the container " +
      "is taken for a failed start; and both name CRIU's directory by the second, so that two restores " +
      "may share one. Ours does what 0.2.6 and later do.",
  },
  {
    key: "daemon deletes",
    scenarios: /runc_exit0_nowrap|runc_tty/,
    columns: /0\.2\.[35]/,
    facts: {
      "container_left": becomes(false, true),
      "container_status": becomes(undefined, "stopped"),
    },
    reason:
      "The container, which upstream cannot even create with this runc, is left for the daemon of that " +
      "time to delete.",
  },

  // ---- process.json and command line ---------------------------------------
  {
    key: "both capabilities",
    scenarios: /pj_type_capabilities__(CAP_KILL|bounding_CAP_KILL)/,
    facts: {
      "files/exitStatus": isExitStatus,
      "files/pid": isPid,
      [`${LOG}/levels`]: becomes(["error"], []),
      [`${LOG}/form`]: becomes("objects", "empty"),
      "order": wholeLife,
      "runtime_calls/extra": isCall("create", "start", "kill", "delete"),
      "shim_exit": becomes(1, 0),
    },
    reason:
      "Daemons up to 0.2.8 write `capabilities` as a list, later ones as an object, and each upstream " +
      "shim refuses the other form. Ours takes both: it serves daemons of both ages.",
  },
  {
    key: "checked types",
    scenarios: /pj_type_user__username_3|pj_type_consoleSize__(height_1|empty)/,
    columns: /0\.2\.[23]/,
    facts: notStarted,
    reason:
      "Shims before 0.2.5 do not know these keys. Ours checks them in every process.json and says which " +
      "one is wrong; no daemon writes them wrong.",
  },
  {
    key: "says what it is",
    scenarios: /cli_(h|help|help1|version|none|one|two|no_state)/,
    facts: {
      "shim_stdout": ({ upstream, ours }) =>
        upstream === "" && /docker-containerd-shim/.test(String(ours)),
      "shim_stderr": ({ upstream, ours }, { scenario }) =>
        /cli_(none|one|two|no_state)/.test(scenario)
          ? upstream === "" && ours !== ""
          : upstream !== "" && ours === "",
      // With its original toolchain upstream's --help ends with 2, too.
      "shim_exit": (difference, seen) =>
        /cli_(h|help|help1|version)/.test(seen.scenario) &&
        becomes(2, 0)(difference, seen),
    },
    reason:
      "`--help`, `--version` and too few arguments say what the program is and how it is called; " +
      "upstream prints an empty usage or nothing.",
  },
  {
    key: "nothing written",
    scenarios: /cli_no_state/,
    facts: {
      "files/shim-log\\.json": ({ ours }) => ours === undefined,
    },
    reason:
      "A person who calls the program without arguments, outside of any state directory, does not find " +
      "a shim-log.json there afterwards.",
  },
  {
    key: "neither starts",
    scenarios: /cwd_deleted/,
    facts: { "shim_exit": becomes(2, 101) },
    reason:
      "In a working directory that does not exist neither language's runtime comes up: Go's ends with 2, " +
      "Deno's with 101, each with a text on stderr and before anything is touched. The daemon does not " +
      "look at the code.",
  },
  {
    key: "every signal",
    scenarios: /sig_each/,
    facts: {
      "ignored": onlyMore([32, 33, 34]),
      "not_ignored/(32|33|34)": ({ ours }) => ours === undefined,
    },
    reason:
      "The signals 32 to 34 belong to the C library and kill or spare a shim as its toolchain has it. " +
      "Ours survives every signal that can be survived.",
  },
];

// ---- matchers ----------------------------------------------------------------

function becomes(theirs: unknown, better: unknown): Matcher {
  return ({ upstream, ours }) =>
    canonical(upstream) === canonical(theirs) &&
    canonical(ours) === canonical(better);
}

/** Upstream's messages and then one of this level. */
function logs(level: string): Matcher {
  return ({ upstream, ours }) =>
    canonical([...list(upstream), level]) === canonical(ours);
}

/** Upstream's messages and then warnings, but no further error. */
function logsWarnings({ upstream, ours }: Difference): boolean {
  const before = list(upstream);
  const more = list(ours).slice(before.length);
  return canonical(list(ours).slice(0, before.length)) === canonical(before) &&
    more.length > 0 && more.every((level) => level === "warn");
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function isExitStatus({ upstream, ours }: Difference): boolean {
  const { content, mode } = ours as Record<string, unknown>;
  return upstream === undefined && mode === "0644" &&
    /^\d+$/.test(String(content));
}

function isPid({ upstream, ours }: Difference): boolean {
  const { content } = ours as Record<string, unknown>;
  return upstream === undefined && content === "$INITPID";
}

function isAbsent({ ours }: Difference): boolean {
  return ours === undefined;
}

/** Nothing was called, so that this call was not either. */
function isNoCallAtAll(_: Difference, seen: Seen): boolean {
  return list(seen.ours.runtime_calls).length === 0;
}

/** The container lived and ended, so that there is no failed start to clean up. */
function isNoDeleteOfLived({ ours }: Difference, seen: Seen): boolean {
  const files = seen.ours.files as Record<string, unknown>;
  return ours === undefined && files.exitStatus !== undefined;
}

/** An order of these alone. */
function becomesOnly(...names: string[]): Matcher {
  return ({ ours }) => canonical(ours) === canonical(names);
}

/** Upstream's words, in the background, with a directory named to the nanosecond. */
function isLaterRestore({ upstream, ours }: Difference): boolean {
  const words = list(ours).map((word) =>
    String(word).replace("<RFC3339NANO>", "<RFC3339>")
  );
  return [words, words.filter((word) => word !== "-d")]
    .some((one) => canonical(one) === canonical(upstream));
}

/** A restored container that lived and ended as it should. */
function wholeRestore({ ours }: Difference): boolean {
  return canonical(ours) === canonical(
    ["restore", "restore.end", "exitStatus", "exit_eof~shim_exit"],
  );
}

/** Upstream's order and then exactly these. */
function goesOnWith(...names: string[]): Matcher {
  return ({ upstream, ours }) =>
    canonical([...list(upstream), ...names]) === canonical(ours);
}

/** Upstream's order, which stops somewhere, goes on to a normal end. */
function goesOnToEnd({ upstream, ours }: Difference): boolean {
  const seenSoFar = list(upstream).filter((name) => name !== "exit_eof");
  const rest = list(ours).slice(seenSoFar.length);
  return canonical([...seenSoFar, ...rest]) === canonical(ours) &&
    ENDINGS.some((names) =>
      canonical(names.slice(-rest.length)) === canonical(rest)
    );
}

/** Upstream's order with exitStatus in its place. */
function withStatus({ upstream, ours }: Difference): boolean {
  const others = list(ours).filter((name) => name !== "exitStatus");
  return canonical(others) === canonical(upstream) &&
    others.length < list(ours).length;
}

/** A container that lived and ended as it should; with the real runc its calls are not seen. */
function wholeLife({ ours }: Difference): boolean {
  return ["", "create", "start"].some((call) =>
    ENDINGS.some((names) => {
      const all = call ? [call, `${call}.end`, ...names] : names;
      return canonical(all) === canonical(ours);
    })
  );
}

function isCall(...commands: string[]): Matcher {
  return ({ upstream, ours }) =>
    upstream === undefined &&
    commands.includes(String((ours as { cmd: unknown }).cmd));
}

/** The same words without each empty console. */
function withoutEmptyConsole({ upstream, ours }: Difference): boolean {
  const words = canonical(upstream).replaceAll('"--console","",', "")
    .replaceAll(" --console ''", "");
  return words === canonical(ours) && words !== canonical(upstream);
}

/** The container's own words and nothing of runc's. */
function isOutputOfContainer({ ours }: Difference, { scenario }: Seen) {
  switch (scenario) {
    case "runc_tty":
      return /stty size\r\n33 90\r\n.*exit 4\r\n$/.test(String(ours));
    case "runc_bundle_without_config":
      return ours === "";
    default:
      return ours === "hello\n";
  }
}

/** The other flag, and after it what a shim of the column's age does at the end. */
function usesConsoleSocket({ ours }: Difference, { column }: Seen): boolean {
  const [create, ...others] = list(ours).map(String);
  const last = list(ours).length > 1
    ? column === "0.2.2" ? ["delete $ID"] : [
      "--root $ROOT/runc kill --all $ID SIGKILL",
      "--root $ROOT/runc delete $ID",
    ]
    : [];
  return / (create|start) .*--console-socket \S+ (-d )?--pid-file \$STATE\/pid \$ID$/
    .test(create) &&
    canonical(others) === canonical(last) &&
    (last.length > 0 || /0\.2\.[35]/.test(column));
}

type Calls = { cmd: string; argv: string[] }[];

/** A call with the flag that the runtime does not know, before one with the other flag. */
function isRefusedCall(
  { upstream, ours }: Difference,
  seen: Seen,
): boolean {
  const [{ cmd, argv }] = [ours] as Calls;
  const [first, second] = seen.ours.runtime_calls as Calls;
  return upstream === undefined && argv.includes("--console-socket") &&
    canonical(first.argv) === canonical(argv) &&
    second?.cmd === cmd && second.argv.includes("--console");
}

/** The refused call and its end come first, then everything as upstream. */
function afterRefusedCall({ upstream, ours }: Difference): boolean {
  const [first, end, ...rest] = list(ours);
  return /^(create|start|exec)$/.test(String(first)) &&
    end === `${first}.end` &&
    canonical(rest) === canonical(upstream);
}

function isEmptyLog({ upstream, ours }: Difference): boolean {
  const { content } = ours as { content: { form: string; levels: unknown[] } };
  return upstream === undefined && content.form === "empty" &&
    content.levels.length === 0;
}

function isPrivateSocket({ upstream, ours }: Difference): boolean {
  const { dir_mode } = ours as { dir_mode: string };
  return upstream === undefined && dir_mode === "040700";
}

type Fds = { fd: unknown; link: string; same_as?: number }[];

function isNullAndCapture({ upstream, ours }: Difference): boolean {
  const [stdin, stdout, stderr, ...others] = ours as Fds;
  return list(upstream).length === 0 && others.length === 0 &&
    stdin.link === "/dev/null" && stdout.link === "pipe" &&
    stderr.link === "pipe" && stderr.same_as === 1;
}

function withoutTerminal({ upstream, ours }: Difference): boolean {
  const kept = (upstream as Fds).filter(({ link }) => link !== "/dev/ptmx");
  return canonical(kept) === canonical(ours);
}

function withGroup({ upstream, ours }: Difference): boolean {
  const right = (upstream as Fds).map((fd) => ({ ...fd, gid: 1002 }));
  return canonical(right) === canonical(ours);
}

/** What the scenario gave to the shim, in the order and the form that it had. */
function isWholeEnvironment({ ours }: Difference): boolean {
  return canonical(ours) === canonical([
    "ZZZ=1",
    "PATH=/usr/bin:/bin",
    "DUP=first",
    "DUP=second",
    "NOEQ",
    "=weird",
    "EMPTY=",
    "A=x=y=z",
    "",
    "UTF=\u00c3\u00a9",
    "BAD=\u00ff",
    "NL=a\nb",
  ]);
}

/** Upstream's list and some of these. */
function onlyMore(allowed: readonly number[]): Matcher {
  return ({ upstream, ours }) => {
    const more = list(ours).filter((one) => !list(upstream).includes(one));
    return list(upstream).every((one) => list(ours).includes(one)) &&
      more.every((one) => allowed.includes(Number(one)));
  };
}
