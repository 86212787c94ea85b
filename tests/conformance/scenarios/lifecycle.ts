/** A container's init starts, runs and ends. */
import type { Call, Run } from "../../support/harness.ts";
import type { Facts } from "../recordings.ts";
import { plain, type Scenario, scenario } from "./scenario.ts";
import { isThere } from "../../support/look.ts";

/** The limit under which the recordings were made; it shows up in the runtime's attributes. */
const RECORDED_LIMITS = { nofile: [20_000, 20_000] as [number, number] };

export const lifecycle: Scenario[] = [
  ...[0, 1, 7, 126, 127, 137, 255].map((code) =>
    plain(`create_exit${code}`, {
      init: `echo out; echo err >&2; exit ${code}`,
    })
  ),
  ...[1, 2, 6, 9, 11, 13, 15, 34, 64].map((signal) =>
    plain(`create_sig${signal}`, {
      init: `ulimit -c 0; kill -${signal} $$; sleep 5; exit 77`,
    })
  ),
  // Death by a signal that dumps core, with core dumps on: bit 7 of the wait
  // status.
  plain("create_sig6_core", {
    init: "cd $PWD; ulimit -c unlimited; kill -6 $$; exit 77",
  }),
  // Every attribute of every runtime call, without a terminal.
  plain("create_attrs", {
    init: "echo hi; exit 3",
    start: {
      addedEnv: { FOO: "bar", EMPTY: "" },
      rlimits: RECORDED_LIMITS,
    },
    facts: (run) => ({ attrs: run.calls().map((call) => run.attrs(call)) }),
  }),
  plain("exec_attrs", {
    init: "echo hi; exit 3",
    process: { exec: true },
    start: { rlimits: RECORDED_LIMITS },
    facts: (run) => ({ attrs: run.calls().map((call) => run.attrs(call)) }),
  }),
  plain("tty_attrs", {
    init: "tty; echo hi; exit 3",
    terminal: true,
    start: { rlimits: RECORDED_LIMITS },
    facts: (run) => ({
      attrs: run.calls().map((call) => run.attrs(call)),
      ...consoleFiles(run),
    }),
  }),
  // `kill` and `delete` take 200 ms each: the order of the last events.
  plain("order_slow_runtime", {
    init: "exit 5",
    runtime: {
      create: { afterMs: 100 },
      kill: { delayMs: 200 },
      delete: { delayMs: 200 },
    },
    facts: (run) => ({
      seen_by_runtime: run.calls().map(seenByRuntime),
      exit_eof_ms_after_exitStatus: msAfterExitStatus(run, "eof", "exit"),
      stdout_eof_ms_after_exitStatus: msAfterExitStatus(run, "eof", "stdout"),
      shim_exit_ms_after_exitStatus: msAfterExitStatus(run, "shim_exit"),
    }),
  }),
  // The container dies while `create` still runs.
  plain("exit_before_create_returns", {
    init: "exit 9",
    runtime: { create: { afterMs: 400 } },
  }, async (run) => {
    await run.untilFile("pid");
    const pid = await run.initPid();
    await run.waitUpTo(300, () => run.process(pid)?.state === "Z");
    const init = run.process(pid);
    return {
      init_state_while_create_runs: init?.state ?? null,
      init_parent_is_shim: init ? init.ppid === run.pid : null,
    };
  }),
  // Init stops itself and nobody continues it.
  plain("stop_cont", {
    init: "kill -STOP $$; exit 4",
    withinMs: 3000,
  }),
  plain("stop_then_cont", { init: "kill -STOP $$; exit 4" }, async (run) => {
    const pid = await run.initPid();
    await run.waitUpTo(5000, () => run.process(pid)?.state === "T");
    await run.observe(300);
    const before = run.process(pid)?.state ?? "?";
    const exitStatus = isThere(`${run.state}/exitStatus`);
    run.sendSignal(18, pid);
    return { state_before: before, exitStatus_before_cont: exitStatus };
  }),
  // exitStatus, pid and shim-log.json are left from before.
  scenario("stale_files", {}, async (run) => {
    // Before anybody watches the directory: these are not the shim's.
    Deno.writeTextFileSync(`${run.state}/exitStatus`, "12345678");
    Deno.writeTextFileSync(`${run.state}/pid`, "999999999");
    Deno.writeTextFileSync(
      `${run.state}/shim-log.json`,
      '{"level": "warn","msg": "old"}',
    );
    run.setup({ init: "exit 6" });
    await run.start();
    await run.exitsWithin(10_000);
  }),
  scenario("stale_exitStatus_readonly_mode", {}, async (run) => {
    Deno.writeTextFileSync(`${run.state}/exitStatus`, "1");
    Deno.chmodSync(`${run.state}/exitStatus`, 0o400);
    run.setup({ init: "exit 6" });
    await run.start();
    await run.exitsWithin(10_000);
  }),
  plain("exitStatus_is_directory", {
    init: "exit 6",
    before: (run) => Deno.mkdirSync(`${run.state}/exitStatus`),
  }),
  ...[0o000, 0o022, 0o077].map((umask) =>
    plain(`umask_${umask.toString(8).padStart(3, "0")}`, { start: { umask } })
  ),
];

/** Mode and owner of the terminal or the socket, as the runtime found them. */
export function consoleFiles(run: Run): Facts {
  const facts: Facts = {};
  const slave = run.slave();
  const socket = run.socket();
  if (slave) facts.slave = slave;
  if (socket) facts.sock = socket;
  return facts;
}

function seenByRuntime({ cmd, exitStatus, initState }: Call): Facts {
  return {
    cmd,
    exitStatus: exitStatus ?? null,
    init_state: initState ?? null,
  };
}

/** Milliseconds from the complete exitStatus to an event, in hundreds. */
function msAfterExitStatus(
  run: Run,
  ...event: Parameters<Run["when"]>
): number | null {
  const written = run.when("close_write", "exitStatus");
  const then = run.when(...event);
  if (written === undefined || then === undefined) return null;
  return Math.round((then - written) / 100) * 100;
}
