/** Signals to the shim, what its children inherit, and what its sudden death leaves. */
import type { Run, StartOptions } from "../../support/harness.ts";
import type { Facts } from "../recordings.ts";
import { process as processOf } from "../../support/processes.ts";
import { plain, type Scenario, scenario } from "./scenario.ts";
import { isThere } from "../../support/look.ts";

const HUP = 1;
const INT = 2;
const QUIT = 3;
const KILL = 9;
const USR1 = 10;
const USR2 = 12;
const PIPE = 13;
const ALRM = 14;
const TERM = 15;
const CHLD = 17;
const CONT = 18;
const STOP = 19;
const URG = 23;

export const signals: Scenario[] = [
  {
    ...scenario(
      "sig_each",
      {
        deadlineMs: 120_000,
        about: "every signal 1 to 64 to a shim with a running container",
      },
      everySignal,
    ),
    allFacts: true,
  },
  scenario("sig_dispositions", {}, async (run) => {
    run.setup({
      init: "grep Sig /proc/self/status | grep -v SigQ; " +
        `read x < ${run.gatePath}; exit 0`,
    });
    await run.start();
    await run.initPid();
    await run.observe(300);
    await run.gate();
    await run.exitsWithin(10_000);
    return { runtime: signalSetsOfCalls(run) };
  }),
  scenario(
    "sig_inherited",
    {
      about:
        "started with signals ignored and blocked: what does the runtime see?",
    },
    async (run) => {
      run.setup({ init: "grep Sig /proc/self/status | grep -v SigQ; exit 0" });
      await run.start({
        ignoreSignals: [INT, QUIT, HUP, PIPE, USR2, TERM],
        blockSignals: [USR1, 35],
      });
      await run.exitsWithin(10_000);
      return { runtime: signalSetsOfCalls(run) };
    },
  ),
  startedWith("sig_chld_ignored_at_start", { ignoreSignals: [CHLD] }),
  startedWith("sig_chld_blocked_at_start", { blockSignals: [CHLD, TERM, URG] }),
  scenario("sig_during_create", {}, async (run) => {
    run.setup({ init: "exit 5", runtime: { create: { delayMs: 600 } } });
    await run.start();
    await run.untilCall("create");
    for (const signal of [TERM, INT, HUP, QUIT, PIPE, USR1, ALRM]) {
      run.sendSignal(signal);
    }
    await run.exitsWithin(10_000);
  }),
  scenario(
    "sig_group_during_create",
    { about: "SIGTERM to the process group, which the runtime belongs to" },
    async (run) => {
      run.setup({ init: "exit 5", runtime: { create: { delayMs: 600 } } });
      await run.start();
      await run.untilCall("create");
      run.sendSignal(TERM, -run.pid);
      await run.exitsWithin(10_000);
    },
  ),
  scenario("sig_kill_shim_during_create", {}, async (run) => {
    run.setup({ init: "exit 5", runtime: { create: { delayMs: 1500 } } });
    await run.start();
    await run.untilCall("create");
    const runtime = run.calls()[0].pid;
    run.sendSignal(KILL);
    await run.observe(400);
    const state = stateOf(runtime);
    await run.exitsWithin(10_000);
    return { runtime_state_after: state };
  }),
  scenario(
    "sig_kill_shim_during_create_after_init",
    { about: "create has started init and still runs when the shim dies" },
    async (run) => {
      run.setup({ init: "sleep 20", runtime: { create: { afterMs: 2000 } } });
      await run.start();
      const init = await run.initPid();
      await run.observe(100);
      const runtime = run.calls()[0].pid;
      run.sendSignal(KILL);
      await run.observe(400);
      const parent = processOf(init)?.ppid;
      return {
        runtime_after: stateOf(runtime),
        init_after: stateOf(init),
        init_reparented_to_ancestor: parent !== undefined && parent !== run.pid,
      };
    },
  ),
  scenario("sig_kill_shim_while_running", {}, killWhileRunning),
  killedDuring("kill"),
  killedDuring("delete"),
  scenario(
    "sig_kill_shim_tty",
    {
      terminal: true,
      about: "the terminal closes with the shim, init gets SIGHUP",
    },
    async (run) => {
      const proof = `${run.runtimeDir}/proof`;
      run.setup({
        init:
          `trap 'echo hup > ${proof}; exit 0' HUP; echo a; while :; do sleep 0.1; done`,
        terminal: true,
      });
      await run.start();
      await run.untilOutput("a");
      await run.untilCall("create", { ended: true });
      await run.observe(200);
      run.sendSignal(KILL);
      await run.exitsWithin(10_000);
      await run.waitUpTo(600, () => isThere(proof));
      return { init_got_SIGHUP: isThere(proof) };
    },
  ),
];

function startedWith(name: string, start: StartOptions): Scenario {
  return plain(name, { init: "exit 6", start, withinMs: 4000 });
}

/** The signal sets of each runtime call, as the kernel shows them. */
function signalSetsOfCalls(run: Run): Facts {
  return Object.fromEntries(
    run.calls().map(({ cmd, status }) => [
      cmd,
      Object.fromEntries(
        Object.entries(status).filter(([key]) => /^Sig(?!Q)/.test(key)),
      ),
    ]),
  );
}

function stateOf(pid: number): string {
  return processOf(pid)?.state ?? "gone";
}

async function everySignal(run: Run): Promise<Facts> {
  const ignored: number[] = [];
  const notIgnored: Facts = {};
  await using runs = new AsyncDisposableStack();
  let current = run;
  await startWaiting(current);
  for (let signal = 1; signal <= 64; signal++) {
    if (signal === KILL || signal === STOP) continue;
    if (current.exited) {
      current = runs.use(run.another(`again${signal}`));
      await startWaiting(current);
    }
    current.sendSignal(signal);
    await current.observe(120);
    if (current.exited) {
      const [firstLine] = current.text("shim_stderr").split("\n");
      notIgnored[signal] = [current.shimResult(), firstLine.slice(0, 80)];
    } else if (processOf(current.pid)?.state === "T") {
      notIgnored[signal] = "stopped";
      current.sendSignal(CONT);
    } else {
      ignored.push(signal);
    }
  }
  let afterwards: unknown = null;
  if (!current.exited) {
    await current.gate();
    await current.exitsWithin(10_000);
    afterwards = [
      current.shimResult(),
      Deno.readTextFileSync(`${current.state}/exitStatus`),
    ];
  }
  return { ignored, not_ignored: notIgnored, afterwards_exit: afterwards };
}

async function startWaiting(run: Run): Promise<void> {
  run.setup({ init: `read x < ${run.gatePath}; exit 9` });
  await run.start();
  await run.initPid();
  await run.observe(300);
}

async function killWhileRunning(run: Run): Promise<Facts> {
  const proof = `${run.runtimeDir}/proof`;
  run.setup({
    init: "echo a; trap 'echo hup' HUP; sleep 1; echo b; " +
      `echo still-here > ${proof}; sleep 20`,
  });
  await run.start();
  await run.untilOutput("a");
  await run.untilCall("create", { ended: true });
  await run.observe(200);
  run.sendSignal(KILL);
  await run.exitsWithin(10_000);
  const init = await run.initPid();
  const rightAfter = stateOf(init);
  await run.observe(1300);
  return {
    init_right_after: rightAfter,
    init_after_its_next_write_to_stdout: stateOf(init),
    exitStatus_written: isThere(`${run.state}/exitStatus`),
    exit_fifo_eof: run.eof("exit") !== undefined,
    stdout_eof: run.eof("stdout") !== undefined,
    wrote_after: isThere(proof),
  };
}

/** The shim is killed while it waits for this call of the runtime. */
function killedDuring(command: "kill" | "delete"): Scenario {
  return scenario(`sig_kill_shim_during_${command}`, {}, async (run) => {
    run.setup({ init: "exit 5", runtime: { [command]: { delayMs: 3000 } } });
    await run.start();
    const called = () => run.calls().find((call) => call.cmd === command);
    await run.waitUpTo(4000, () => called() !== undefined);
    const pid = called()?.pid;
    let state = "n/a";
    if (pid !== undefined) {
      run.sendSignal(KILL);
      await run.observe(300);
      state = stateOf(pid);
    }
    await run.exitsWithin(10_000);
    return { [`${command}_cmd_after`]: state };
  });
}
