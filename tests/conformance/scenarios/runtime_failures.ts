/** A runtime that is missing, fails, hangs, or says nonsense. */
import type { Behaviour, Run, StartOptions } from "../../support/harness.ts";
import type { Facts } from "../recordings.ts";
import { children as childrenOf } from "../../support/processes.ts";
import { plain, type Scenario, scenario } from "./scenario.ts";

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
  scenario("rt_bare_in_PATH", {}, async (run) => {
    run.setup();
    await run.start({
      args: [run.id, run.bundle, "fakert"],
      addedEnv: { PATH: `/nonexistent:${run.runtimeDir}:/bin:/usr/bin` },
    });
    await run.exitsWithin(10_000);
    return { execfn: run.calls().map((call) => run.normalise(call.execfn)) };
  }),
  relativeRuntime("rt_relative_dot", "the bundle", (run) => run.bundle),
  relativeRuntime(
    "rt_relative_dot_state",
    "the state directory",
    (run) => run.state,
  ),
  scenario("rt_bare_in_cwd_only", {}, async (run) => {
    run.setup();
    Deno.symlinkSync(run.runtime, `${run.state}/rel-rt`);
    await run.start({
      ...withRuntime("rel-rt")(run),
      addedEnv: { PATH: ".:/bin:/usr/bin" },
    });
    await run.exitsWithin(3000);
  }),
  scenario("rt_not_executable", {}, async (run) => {
    run.setup();
    Deno.chmodSync(run.runtime, 0o644);
    await run.start();
    await run.exitsWithin(10_000);
  }),
  scenario("rt_is_directory", {}, async (run) => {
    run.setup();
    await run.start(withRuntime(run.runtimeDir)(run));
    await run.exitsWithin(10_000);
  }),
  insteadOfRuntime("rt_bad_format", "not an executable\n"),
  insteadOfRuntime("rt_bad_interpreter", "#!/nonexistent/interp\n"),
];

function relativeRuntime(
  name: string,
  place: string,
  directory: (run: Run) => string,
): Scenario {
  const about = `a relative runtime that is in ${place} only`;
  return scenario(name, { about }, async (run) => {
    run.setup();
    Deno.symlinkSync(run.runtime, `${directory(run)}/rel-rt`);
    await run.start(withRuntime("./rel-rt")(run));
    await run.exitsWithin(3000);
    return { cmds: run.calls().map((call) => call.cmd) };
  });
}

/** A file with this text stands where the runtime should be. */
function insteadOfRuntime(name: string, text: string): Scenario {
  return scenario(name, {}, async (run) => {
    run.setup();
    Deno.removeSync(run.runtime);
    Deno.writeTextFileSync(run.runtime, text, { mode: 0o755 });
    Deno.chmodSync(run.runtime, 0o755);
    await run.start();
    await run.exitsWithin(10_000);
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
  scenario("rt_fails_with_log", {}, async (run) => {
    run.setup({
      init: null,
      runtime: {
        create: {
          failBefore: 1,
          stderr: "runtime says no\n",
          stdout: "runtime out\n",
        },
      },
    });
    Deno.writeTextFileSync(
      `${run.state}/log.json`,
      '{"level":"error","msg":"x"}\n',
    );
    await run.start();
    await run.exitsWithin(10_000);
    return { stdout: null, stderr: null };
  }),
  {
    ...scenario(
      "rt_fails_stderr_delivery",
      {
        deadlineMs: 120_000,
        about:
          "40 creates that print right before they fail: does the text reach the client?",
      },
      stderrDelivery,
    ),
    allFacts: true,
  },
  plain("rt_create_prints", {
    about:
      "what create prints goes to the client; what kill and delete print is swallowed",
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
  scenario("rt_gone_after_create", {}, async (run) => {
    run.setup({ init: `read x < ${run.gatePath}; exit 3` });
    await run.start();
    await run.untilCall("create", { ended: true });
    await run.observe(200);
    Deno.removeSync(run.runtime);
    await run.gate();
    await run.exitsWithin(10_000);
  }),
  scenario(
    "rt_background_child_holds_pipe",
    { about: "a kill that leaves a child behind which holds its output" },
    async (run) => {
      run.setup({ init: "exit 3" });
      const real = `${run.runtimeDir}/fakert.real`;
      Deno.renameSync(run.runtime, real);
      Deno.writeTextFileSync(
        run.runtime,
        `#!/bin/sh\ncase "$*" in *kill*) sleep 1 & ;; esac\nexec ${real} "$@"\n`,
      );
      Deno.chmodSync(run.runtime, 0o755);
      await run.start();
      await run.exitsWithin(10_000);
      const written = run.events.find((one) =>
        one.what === "close_write" && one.name === "exitStatus"
      )?.t;
      const end = run.events.find((one) => one.what === "shim_exit")?.t;
      const waited = written === undefined || end === undefined
        ? null
        : end - written > 800;
      return { shim_waited_for_pipe_holder: waited };
    },
  ),
];

async function stderrDelivery(run: Run): Promise<Facts> {
  const times = 40;
  let delivered = 0;
  for (let i = 0; i < times; i++) {
    await using one = run.another(`r${i}`);
    one.setup({
      init: null,
      runtime: { create: { failBefore: 1, stderr: "oops\n" } },
    });
    await one.start();
    await one.exitsWithin(5000);
    if (one.text("stderr") === "oops\n") delivered++;
  }
  const word = delivered === times ? "all" : delivered === 0 ? "none" : "some";
  return { of: times, delivered: word };
}

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
  scenario(
    "rt_pidfile_not_child",
    { about: "the pid file names a process that is not the shim's child" },
    async (run) => {
      const other = new Deno.Command("sleep", { args: ["30"] }).spawn();
      try {
        run.setup({
          runtime: { create: { pidFile: { literal: `${other.pid}` } } },
        });
        await run.start();
        await run.exitsWithin(5000);
        const then = run.shimResult();
        const zombie = childrenOf(run.pid).some(({ state }) => state === "Z");
        run.extraNames.push([`${other.pid}`, "<OTHER>"]);
        return { after_init_exit: then, init_zombie_left: zombie };
      } finally {
        other.kill("SIGKILL");
        await other.status;
      }
    },
  ),
  scenario("rt_pidfile_stale_not_overwritten", {}, async (run) => {
    run.setup({
      init: "sleep 0.5; exit 0",
      runtime: { create: { pidFile: "none" } },
    });
    Deno.writeTextFileSync(`${run.state}/pid`, "999999");
    await run.start();
    await run.exitsWithin(5000);
  }),
];

export const runtimeFailures: Scenario[] = [...missing, ...failing, ...pids];
