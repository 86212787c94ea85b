/** A runtime that is missing, fails, hangs, or says nonsense. */
import type { Behaviour, Run, StartOptions } from "../../support/harness.ts";
import { plain, repeated, type Scenario, scenario } from "./scenario.ts";

const HANGS = 60_000;

/** Starts the shim with another runtime than the fake one. */
function withRuntime(runtime: string) {
  return (run: Run): StartOptions => ({ args: [run.id, run.bundle, runtime] });
}

const missing: Scenario[] = [
  plain("rt_missing_abs", {
    init: null,
    start: withRuntime("/nonexistent/runtime"),
  }),
  plain("rt_missing_bare", {
    init: null,
    start: withRuntime("no-such-runtime"),
  }),
  plain("rt_missing_relative", {
    init: null,
    start: withRuntime("./no-such-runtime"),
  }),
  plain("rt_empty_string", { init: null, start: withRuntime("") }),
  plain("rt_bare_in_PATH", {
    start: (run) => ({
      args: [run.id, run.bundle, "fakert"],
      addedEnv: { PATH: `/nonexistent:${run.runtimeDir}:/bin:/usr/bin` },
    }),
    facts: (run) => ({
      execfn: run.calls().map((call) => run.normalise(call.execfn)),
    }),
  }),
  relativeRuntime("rt_relative_dot", (run) => run.bundle),
  relativeRuntime("rt_relative_dot_state", (run) => run.state),
  plain("rt_bare_in_cwd_only", {
    before: (run) => Deno.symlinkSync(run.runtime, `${run.state}/rel-rt`),
    start: (run) => ({
      ...withRuntime("rel-rt")(run),
      addedEnv: { PATH: ".:/bin:/usr/bin" },
    }),
    withinMs: 3000,
  }),
  plain("rt_not_executable", {
    before: (run) => Deno.chmodSync(run.runtime, 0o644),
  }),
  plain("rt_is_directory", {
    start: (run) => withRuntime(run.runtimeDir)(run),
  }),
  insteadOfRuntime("rt_bad_format", "not an executable\n"),
  insteadOfRuntime("rt_bad_interpreter", "#!/nonexistent/interp\n"),
];

/** A relative runtime that is in one place only. */
function relativeRuntime(
  name: string,
  directory: (run: Run) => string,
): Scenario {
  return plain(name, {
    before: (run) => Deno.symlinkSync(run.runtime, `${directory(run)}/rel-rt`),
    start: withRuntime("./rel-rt"),
    withinMs: 3000,
    facts: (run) => ({ cmds: run.calls().map((call) => call.cmd) }),
  });
}

/** A file with this text stands where the runtime should be. */
function insteadOfRuntime(name: string, text: string): Scenario {
  return plain(name, {
    before(run) {
      Deno.removeSync(run.runtime);
      Deno.writeTextFileSync(run.runtime, text, { mode: 0o755 });
      Deno.chmodSync(run.runtime, 0o755);
    },
  });
}

/** A create that fails as told. */
function fails(
  name: string,
  runtime: Behaviour,
  init: string | null = null,
  withinMs = 10_000,
) {
  return plain(name, { init, runtime, withinMs });
}

const failing: Scenario[] = [
  ...[1, 2, 127, 255].map((code) =>
    fails(`rt_exit${code}`, { create: { failBefore: code } })
  ),
  fails("rt_killed_by_signal", { create: { killSelf: 9 } }),
  fails("rt_fails_after_pid", { create: { exit: 1 } }, "sleep 1; exit 0"),
  fails("rt_fails_delete_fails", {
    create: { failBefore: 1 },
    delete: { exit: 1, stderr: "cannot delete\n" },
  }),
  fails(
    "rt_fails_delete_hangs",
    { create: { failBefore: 1 }, delete: { delayMs: HANGS } },
    null,
    2000,
  ),
  plain("rt_fails_with_log", {
    init: null,
    runtime: {
      create: {
        failBefore: 1,
        stderr: "runtime says no\n",
        stdout: "runtime out\n",
      },
    },
    before: (run) =>
      Deno.writeTextFileSync(
        `${run.state}/log.json`,
        '{"level":"error","msg":"x"}\n',
      ),
    facts: () => ({ stdout: null, stderr: null }),
  }),
  // Creates that print right before they fail: does the text reach the client?
  repeated(
    "rt_fails_stderr_delivery",
    { times: 40, fact: "delivered" },
    async (run) => {
      run.setup({
        init: null,
        runtime: { create: { failBefore: 1, stderr: "oops\n" } },
      });
      await run.start();
      await run.exitsWithin(5000);
      return run.text("stderr") === "oops\n";
    },
  ),
  // What create prints goes to the client; what kill and delete print is
  // swallowed.
  plain("rt_create_prints", {
    init: "echo body; exit 0",
    runtime: {
      create: { stdout: "rt-out\n", stderr: "rt-err\n" },
      kill: { stdout: "k\n" },
      delete: { stdout: "d\n" },
    },
  }),
  fails(
    "rt_kill_fails",
    { kill: { exit: 1, stderr: "no such container\n" } },
    "exit 3",
  ),
  fails("rt_delete_fails", {
    delete: { exit: 1, stderr: "no such container\n" },
  }, "exit 3"),
  fails("rt_kill_hangs", { kill: { delayMs: HANGS } }, "exit 3", 2000),
  fails("rt_delete_hangs", { delete: { delayMs: HANGS } }, "exit 3", 2000),
  plain("rt_gone_after_create", {
    init: "read x < GATE; exit 3",
  }, async (run) => {
    await run.untilCall("create", { ended: true });
    await run.observe(200);
    Deno.removeSync(run.runtime);
    await run.gate();
  }),
  // A kill that leaves a child behind which holds its output.
  plain("rt_background_child_holds_pipe", {
    init: "exit 3",
    wrap: '[ "$call" != kill ] || { sleep 1 & }',
    facts(run) {
      const written = run.when("close_write", "exitStatus");
      const end = run.when("shim_exit");
      const waited = written === undefined || end === undefined
        ? null
        : end - written > 800;
      return { shim_waited_for_pipe_holder: waited };
    },
  }),
];

/** A pid file that the runtime writes in this form instead of plain digits. */
const pidFiles: Record<string, { literal: string } | { format: string }> = {
  garbage: { literal: "garbage" },
  empty: { literal: "" },
  newline: { format: "%d\n" },
  leading_space: { format: " %d" },
  plus: { format: "+%d" },
  zero_padded: { format: "000%d" },
  hex: { format: "0x%x" },
  zero: { literal: "0" },
  negative: { literal: "-5" },
  huge: { literal: "99999999999999999999" },
  quotes: { literal: '"q"' },
};

const pids: Scenario[] = [
  fails("rt_no_pidfile", { create: { pidFile: "none" } }, "sleep 1; exit 0"),
  ...Object.entries(pidFiles).map(([name, pidFile]) =>
    fails(
      `rt_pidfile_${name}`,
      { create: { pidFile } },
      "sleep 0.6; exit 0",
      5000,
    )
  ),
  // The pid file names a process that is not the shim's child.
  scenario("rt_pidfile_not_child", {}, async (run) => {
    const other = new Deno.Command("sleep", { args: ["30"] }).spawn();
    try {
      run.setup({
        runtime: { create: { pidFile: { literal: `${other.pid}` } } },
      });
      await run.start();
      await run.exitsWithin(5000);
      const then = run.shimResult();
      const zombie = run.children().some(({ state }) => state === "Z");
      run.extraNames.push([`${other.pid}`, "<OTHER>"]);
      return { after_init_exit: then, init_zombie_left: zombie };
    } finally {
      other.kill("SIGKILL");
      await other.status;
    }
  }),
  plain("rt_pidfile_stale_not_overwritten", {
    init: "sleep 0.5; exit 0",
    runtime: { create: { pidFile: "none" } },
    before: (run) => Deno.writeTextFileSync(`${run.state}/pid`, "999999"),
    withinMs: 5000,
  }),
];

export const runtimeFailures: Scenario[] = [...missing, ...failing, ...pids];
