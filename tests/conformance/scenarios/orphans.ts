/** What init leaves behind: grandchildren that hold output, and zombies. */
import type { Run } from "../../support/harness.ts";
import { plain, type Scenario } from "./scenario.ts";

/** `kill --all` that finds nobody: what survives it is the shim's business. */
const killsNobody = { kill: { mode: "none" as const } };

export const orphans: Scenario[] = [
  // A grandchild holds stdout for 1.5 s; `kill --all` ends it, as with runc.
  plain("orphan_holds_stdout_killed", {
    init: "(sleep 1.5; echo late) & exit 3",
    facts: waited(1.2),
  }),
  plain("orphan_holds_stdout_not_killed", {
    init: "(sleep 1.5; echo late) & exit 3",
    runtime: killsNobody,
    facts: waited(1.2),
  }, async (run) => {
    await run.untilFile("exitStatus");
    await run.observe(400);
    const then = {
      calls: run.calls().map((call) => call.cmd),
      exit_eof: run.eof("exit") !== undefined,
      shim_running: !run.exited,
    };
    return { at_400ms_after_exitStatus: then };
  }),
  plain("orphan_holds_stderr_only", {
    init: "exec >/dev/null; (sleep 1.0; echo late >&2) & exit 3",
    runtime: killsNobody,
    facts: waited(0.8),
  }),
  // A daemonised grandchild: not waited for, left alive if kill does not get
  // it.
  plain("orphan_holds_nothing", {
    init: "sleep 20 </dev/null >/dev/null 2>&1 & exit 3",
    runtime: killsNobody,
    withinMs: 4000,
    facts: (run) => ({ left: run.descendants().map((one) => one.comm).sort() }),
  }),
  plain("orphan_holds_stdin_only", {
    init: "sleep 1.5 >/dev/null 2>&1 & exit 3",
    runtime: killsNobody,
    withinMs: 4000,
    facts: waited(1.2),
  }),
  // Orphans are reaped while the container runs.
  plain("zombies_reaped", {
    init:
      "i=0; while [ $i -lt 20 ]; do ( (sleep 0.1) & ) ; i=$((i+1)); done; " +
      "echo go; sleep 1; exit 0",
  }, async (run) => {
    await run.untilOutput("go");
    await run.observe(600);
    const states = run.children().map(({ comm, state }) => [comm, state])
      .sort();
    return { shim_children_states: states };
  }),
  plain("zombies_during_create", {
    init: "( (exit 0) & ) ; ( (exit 1) & ); sleep 1.2; exit 0",
    runtime: { create: { afterMs: 600 } },
  }, async (run) => {
    await run.initPid();
    await run.observe(300);
    const during = zombies(run);
    await run.observe(600);
    const after = zombies(run);
    return { zombies_while_create_runs: during, zombies_after: after };
  }),
  plain("zombies_during_drain", {
    init: "(sleep 0.5) >/dev/null 2>&1 & (sleep 1.5; echo late) & exit 0",
    runtime: killsNobody,
  }, async (run) => {
    await run.untilFile("exitStatus");
    await run.observe(900);
    const during = zombies(run);
    return { zombies: during };
  }),
  // 3000 orphans at once: is init's own exit ever missed?
  plain("zombies_many_at_once", {
    init:
      "i=0; while [ $i -lt 3000 ]; do ( (:) & ) ; i=$((i+1)); done; exit 21",
    slow: true,
    withinMs: 50_000,
  }),
];

/** Whether the shim ended only after this many seconds; null when it did not end. */
function waited(seconds: number) {
  return (run: Run) => {
    const lived = run.when("shim_exit");
    const longer = lived === undefined ? null : lived > 1000 * seconds;
    return { shim_waited_for_grandchild: longer };
  };
}

function zombies(run: Run): number {
  return run.children().filter(({ state }) => state === "Z").length;
}
