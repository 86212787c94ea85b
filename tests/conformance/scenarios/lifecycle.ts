/** A container's init starts, runs and ends. */
import type { Call, Run } from "../../support/harness.ts";
import type { Facts } from "../recordings.ts";
import { process as processOf } from "../../support/processes.ts";
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
  plain("create_sig6_core", {
    about:
      "death by a signal that dumps core, with core dumps on: bit 7 of the wait status",
    init: "cd $PWD; ulimit -c unlimited; kill -6 $$; exit 77",
  }),
  scenario(
    "create_attrs",
    { about: "every attribute of every runtime call, without a terminal" },
    async (run) => {
      run.setup({ init: "echo hi; exit 3" });
      await run.start({
        addedEnv: { FOO: "bar", EMPTY: "" },
        rlimits: RECORDED_LIMITS,
      });
      await run.exitsWithin(10_000);
      return { attrs: run.calls().map((call) => run.attrs(call)) };
    },
  ),
  scenario("exec_attrs", {}, async (run) => {
    run.setup({ init: "echo hi; exit 3", process: { exec: true } });
    await run.start({ rlimits: RECORDED_LIMITS });
    await run.exitsWithin(10_000);
    return { attrs: run.calls().map((call) => run.attrs(call)) };
  }),
  scenario("tty_attrs", { terminal: true }, async (run) => {
    run.setup({ init: "tty; echo hi; exit 3", terminal: true });
    await run.start({ rlimits: RECORDED_LIMITS });
    await run.exitsWithin(10_000);
    return {
      attrs: run.calls().map((call) => run.attrs(call)),
      ...consoleFiles(run),
    };
  }),
  scenario(
    "order_slow_runtime",
    { about: "kill and delete take 200 ms each: the order of the last events" },
    async (run) => {
      run.setup({
        init: "exit 5",
        runtime: {
          create: { afterMs: 100 },
          kill: { delayMs: 200 },
          delete: { delayMs: 200 },
        },
      });
      await run.start();
      await run.exitsWithin(10_000);
      return {
        seen_by_runtime: run.calls().map(seenByRuntime),
        exit_eof_ms_after_exitStatus: msAfterExitStatus(run, run.eof("exit")),
        stdout_eof_ms_after_exitStatus: msAfterExitStatus(
          run,
          run.eof("stdout"),
        ),
        shim_exit_ms_after_exitStatus: msAfterExitStatus(run, endOf(run)),
      };
    },
  ),
  scenario(
    "exit_before_create_returns",
    { about: "the container dies while `create` still runs" },
    async (run) => {
      run.setup({ init: "exit 9", runtime: { create: { afterMs: 400 } } });
      await run.start();
      await run.untilFile("pid");
      const pid = await run.initPid();
      await run.waitUpTo(300, () => processOf(pid)?.state === "Z");
      const init = processOf(pid);
      await run.exitsWithin(10_000);
      return {
        init_state_while_create_runs: init?.state ?? null,
        init_parent_is_shim: init ? init.ppid === run.pid : null,
      };
    },
  ),
  plain("stop_cont", {
    about: "init stops itself and nobody continues it",
    init: "kill -STOP $$; exit 4",
    withinMs: 3000,
  }),
  scenario("stop_then_cont", {}, async (run) => {
    run.setup({ init: "kill -STOP $$; exit 4" });
    await run.start();
    const pid = await run.initPid();
    await run.waitUpTo(5000, () => processOf(pid)?.state === "T");
    await run.observe(300);
    const before = processOf(pid)?.state ?? "?";
    const exitStatus = isThere(`${run.state}/exitStatus`);
    run.sendSignal(18, pid);
    await run.exitsWithin(10_000);
    return { state_before: before, exitStatus_before_cont: exitStatus };
  }),
  scenario(
    "stale_files",
    { about: "exitStatus, pid and shim-log.json are left from before" },
    async (run) => {
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
    },
  ),
  scenario("stale_exitStatus_readonly_mode", {}, async (run) => {
    Deno.writeTextFileSync(`${run.state}/exitStatus`, "1");
    Deno.chmodSync(`${run.state}/exitStatus`, 0o400);
    run.setup({ init: "exit 6" });
    await run.start();
    await run.exitsWithin(10_000);
  }),
  scenario("exitStatus_is_directory", {}, async (run) => {
    run.setup({ init: "exit 6" });
    Deno.mkdirSync(`${run.state}/exitStatus`);
    await run.start();
    await run.exitsWithin(10_000);
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

function seenByRuntime(call: Call): Facts {
  return {
    cmd: call.cmd,
    exitStatus: call.exitStatus ?? null,
    init_state: call.initState ?? null,
  };
}

/** Milliseconds from the complete exitStatus to an event, in hundreds. */
function msAfterExitStatus(run: Run, t: number | undefined): number | null {
  const written = run.events.find((one) =>
    one.what === "close_write" && one.name === "exitStatus"
  );
  if (!written || t === undefined) return null;
  return Math.round((t - written.t) / 100) * 100;
}

function endOf(run: Run): number | undefined {
  return run.events.find((one) => one.what === "shim_exit")?.t;
}
