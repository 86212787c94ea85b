/** A second process in a container that already runs. */
import { plain, type Scenario, scenario } from "./scenario.ts";

const exec = { exec: true };

export const execs: Scenario[] = [
  plain("exec_exit0", {
    init: "echo out; echo err >&2; exit 0",
    process: exec,
  }),
  plain("exec_exit7", { init: "exit 7", process: exec }),
  plain("exec_sig9", { init: "kill -9 $$", process: exec }),
  plain("exec_tty", {
    init: "echo hello; exit 3",
    process: exec,
    terminal: true,
  }),
  plain("exec_noPivotRoot", { process: { exec: true, noPivotRoot: true } }),
  plain("exec_runtime_fails", {
    init: null,
    process: exec,
    runtime: { exec: { failBefore: 1 } },
  }),
  plain("exec_and_checkpoint", {
    process: { exec: true, checkpoint: "$nowhere" },
  }),
  // Two shims with one id: the container's and that of an exec in it.
  scenario("exec_same_id", {}, async (run) => {
    run.setup({ init: `cat ${run.gatePath}; exit 2` });
    await run.start();
    const init = await run.initPid();

    await using second = run.another("x");
    second.setup({ init: "echo from-exec; exit 5", process: exec });
    await second.start();
    await second.exitsWithin(10_000);
    const execFacts = second.facts();
    const facts = {
      exec_shim: execFacts,
      init_state_after_exec_shim_ended: run.process(init)?.state ?? "-",
      init_shim_still_running: !run.exited,
    };
    await run.gate();
    await run.exitsWithin(10_000);
    return facts;
  }),
  // A background child of the exec'd process is not killed by the shim.
  plain("exec_grandchild_survives", {
    init: "sleep 30 </dev/null >/dev/null 2>&1 & exit 0",
    process: exec,
    facts: (run) => ({ left: run.descendants().map((one) => one.comm).sort() }),
  }),
  // Output that a background child holds is waited for.
  plain("exec_orphan_holds_stdout", {
    init: "(sleep 1.2; echo late) & exit 3",
    process: exec,
  }, async (run) => {
    await run.untilFile("exitStatus");
    await run.observe(300);
    const then = {
      exit_eof: run.eof("exit") !== undefined,
      shim_running: !run.exited,
    };
    return { at_300ms_after_exitStatus: then };
  }),
];
