/** What init leaves behind: grandchildren that hold output, and zombies. */
import type { Run } from "../../support/harness.ts";
import { children as childrenOf } from "../../support/processes.ts";
import { plain, type Scenario, scenario, secondsUntil } from "./scenario.ts";

/** `kill --all` that finds nobody: what survives it is the shim's business. */
const killsNobody = { kill: { mode: "none" as const } };

export const orphans: Scenario[] = [
  scenario(
    "orphan_holds_stdout_killed",
    {
      about:
        "a grandchild holds stdout for 1.5 s; `kill --all` ends it, as with runc",
    },
    async (run) => {
      run.setup({ init: "(sleep 1.5; echo late) & exit 3" });
      await run.start();
      await run.exitsWithin(10_000);
      return { shim_waited_for_grandchild: livedLonger(run, 1.2) };
    },
  ),
  scenario("orphan_holds_stdout_not_killed", {}, async (run) => {
    run.setup({
      init: "(sleep 1.5; echo late) & exit 3",
      runtime: killsNobody,
    });
    await run.start();
    await run.untilFile("exitStatus");
    await run.observe(400);
    const then = {
      calls: run.calls().map((call) => call.cmd),
      exit_eof: run.eof("exit") !== undefined,
      shim_running: !run.exited,
    };
    await run.exitsWithin(10_000);
    return {
      at_400ms_after_exitStatus: then,
      shim_waited_for_grandchild: livedLonger(run, 1.2),
    };
  }),
  scenario("orphan_holds_stderr_only", {}, async (run) => {
    run.setup({
      init: "exec >/dev/null; (sleep 1.0; echo late >&2) & exit 3",
      runtime: killsNobody,
    });
    await run.start();
    await run.exitsWithin(10_000);
    return { shim_waited_for_grandchild: livedLonger(run, 0.8) };
  }),
  scenario(
    "orphan_holds_nothing",
    {
      about:
        "a daemonised grandchild: not waited for, left alive if kill does not get it",
    },
    async (run) => {
      run.setup({
        init: "sleep 20 </dev/null >/dev/null 2>&1 & exit 3",
        runtime: killsNobody,
      });
      await run.start();
      await run.exitsWithin(4000);
      return { left: run.descendants().map((one) => one.comm).sort() };
    },
  ),
  scenario("orphan_holds_stdin_only", {}, async (run) => {
    run.setup({
      init: "sleep 1.5 >/dev/null 2>&1 & exit 3",
      runtime: killsNobody,
    });
    await run.start();
    await run.exitsWithin(4000);
    return { shim_waited_for_grandchild: livedLonger(run, 1.2) };
  }),
  scenario(
    "zombies_reaped",
    { about: "orphans are reaped while the container runs" },
    async (run) => {
      run.setup({
        init:
          "i=0; while [ $i -lt 20 ]; do ( (sleep 0.1) & ) ; i=$((i+1)); done; " +
          "echo go; sleep 1; exit 0",
      });
      await run.start();
      await run.untilOutput("go");
      await run.observe(600);
      const states = childrenOf(run.pid).map(({ comm, state }) => [comm, state])
        .sort();
      await run.exitsWithin(10_000);
      return { shim_children_states: states };
    },
  ),
  scenario("zombies_during_create", {}, async (run) => {
    run.setup({
      init: "( (exit 0) & ) ; ( (exit 1) & ); sleep 1.2; exit 0",
      runtime: { create: { afterMs: 600 } },
    });
    await run.start();
    await run.initPid();
    await run.observe(300);
    const during = zombies(run);
    await run.observe(600);
    const after = zombies(run);
    await run.exitsWithin(10_000);
    return { zombies_while_create_runs: during, zombies_after: after };
  }),
  scenario("zombies_during_drain", {}, async (run) => {
    run.setup({
      init: "(sleep 0.5) >/dev/null 2>&1 & (sleep 1.5; echo late) & exit 0",
      runtime: killsNobody,
    });
    await run.start();
    await run.untilFile("exitStatus");
    await run.observe(900);
    const during = zombies(run);
    await run.exitsWithin(10_000);
    return { zombies: during };
  }),
  plain("zombies_many_at_once", {
    about: "3000 orphans at once: is init's own exit ever missed?",
    init:
      "i=0; while [ $i -lt 3000 ]; do ( (:) & ) ; i=$((i+1)); done; exit 21",
    slow: true,
    withinMs: 50_000,
  }),
];

/** True when the shim ended only after this many seconds; null when it did not end. */
function livedLonger(run: Run, seconds: number): boolean | null {
  const lived = secondsUntil(run, "shim_exit");
  return lived === null ? null : lived > seconds;
}

function zombies(run: Run): number {
  return childrenOf(run.pid).filter(({ state }) => state === "Z").length;
}
