/** Signals to the shim, what its children inherit, and what its sudden death leaves. */
import type { Run, StartOptions } from "../../support/harness.ts";
import type { Facts } from "../recordings.ts";
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
  // Every signal 1 to 64 to a shim with a running container.
  scenario("sig_each", { deadlineMs: 120_000, allFacts: true }, everySignal),
  plain("sig_dispositions", {
    init: "grep Sig /proc/self/status | grep -v SigQ; read x < GATE; exit 0",
    facts: signalSetsOfCalls,
  }, async (run) => {
    await run.initPid();
    await run.observe(300);
    await run.gate();
  }),
  // Started with signals ignored and blocked: what does the runtime see?
  plain("sig_inherited", {
    init: "grep Sig /proc/self/status | grep -v SigQ; exit 0",
    start: {
      ignoreSignals: [INT, QUIT, HUP, PIPE, USR2, TERM],
      blockSignals: [USR1, 35],
    },
    facts: signalSetsOfCalls,
  }),
  startedWith("sig_chld_ignored_at_start", { ignoreSignals: [CHLD] }),
  startedWith("sig_chld_blocked_at_start", { blockSignals: [CHLD, TERM, URG] }),
  plain("sig_during_create", {
    init: "exit 5",
    runtime: { create: { delayMs: 600 } },
  }, async (run) => {
    await run.untilCall("create");
    for (const signal of [TERM, INT, HUP, QUIT, PIPE, USR1, ALRM]) {
      run.sendSignal(signal);
    }
  }),
  // SIGTERM to the process group, which the runtime belongs to.
  plain("sig_group_during_create", {
    init: "exit 5",
    runtime: { create: { delayMs: 600 } },
  }, async (run) => {
    await run.untilCall("create");
    run.sendSignal(TERM, -run.pid);
  }),
  plain("sig_kill_shim_during_create", {
    init: "exit 5",
    runtime: { create: { delayMs: 1500 } },
  }, async (run) => {
    await run.untilCall("create");
    const runtime = run.calls()[0].pid;
    run.sendSignal(KILL);
    await run.observe(400);
    const state = stateOf(run, runtime);
    return { runtime_state_after: state };
  }),
  // `create` has started init and still runs when the shim dies.
  plain("sig_kill_shim_during_create_after_init", {
    init: "sleep 20",
    runtime: { create: { afterMs: 2000 } },
    withinMs: 0,
  }, async (run) => {
    const init = await run.initPid();
    await run.observe(100);
    const runtime = run.calls()[0].pid;
    run.sendSignal(KILL);
    await run.observe(400);
    const parent = run.process(init)?.ppid;
    return {
      runtime_after: stateOf(run, runtime),
      init_after: stateOf(run, init),
      init_reparented_to_ancestor: parent !== undefined && parent !== run.pid,
    };
  }),
  plain("sig_kill_shim_while_running", {
    setup: (run) => ({
      init: "echo a; trap 'echo hup' HUP; sleep 1; echo b; " +
        `echo still-here > ${proofOf(run)}; sleep 20`,
    }),
    withinMs: 0,
  }, killWhileRunning),
  killedDuring("kill"),
  killedDuring("delete"),
  // The terminal closes with the shim, init gets SIGHUP.
  plain("sig_kill_shim_tty", {
    setup: (run) => ({
      init: `trap 'echo hup > ${proofOf(run)}; exit 0' HUP; ` +
        "echo a; while :; do sleep 0.1; done",
    }),
    terminal: true,
    withinMs: 0,
  }, async (run) => {
    await killOnceRunning(run);
    const proven = () => isThere(proofOf(run));
    return { init_got_SIGHUP: await run.waitUpTo(600, proven) };
  }),
];

/** A file that says that a container went on without a shim. */
function proofOf(run: Run): string {
  return `${run.runtimeDir}/proof`;
}

async function killOnceRunning(run: Run): Promise<void> {
  await run.untilOutput("a");
  await run.untilCall("create", { ended: true });
  await run.observe(200);
  run.sendSignal(KILL);
  await run.exitsWithin(10_000);
}

function startedWith(name: string, start: StartOptions): Scenario {
  return plain(name, { init: "exit 6", start, withinMs: 4000 });
}

/** The signal sets of each runtime call, as the kernel shows them. */
function signalSetsOfCalls(run: Run): Facts {
  const runtime = run.calls().map(({ cmd, status }) => {
    const sets = Object.entries(status).filter(([key]) =>
      /^Sig(?!Q)/.test(key)
    );
    return [cmd, Object.fromEntries(sets)];
  });
  return { runtime: Object.fromEntries(runtime) };
}

function stateOf(run: Run, pid: number): string {
  return run.process(pid)?.state ?? "gone";
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
    } else if (current.process(current.pid)?.state === "T") {
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
  await killOnceRunning(run);
  const init = await run.initPid();
  const rightAfter = stateOf(run, init);
  await run.observe(1300);
  return {
    init_right_after: rightAfter,
    init_after_its_next_write_to_stdout: stateOf(run, init),
    exitStatus_written: isThere(`${run.state}/exitStatus`),
    exit_fifo_eof: run.eof("exit") !== undefined,
    stdout_eof: run.eof("stdout") !== undefined,
    wrote_after: isThere(proofOf(run)),
  };
}

/** The shim is killed while it waits for this call of the runtime. */
function killedDuring(command: "kill" | "delete"): Scenario {
  return plain(`sig_kill_shim_during_${command}`, {
    init: "exit 5",
    runtime: { [command]: { delayMs: 3000 } },
  }, async (run) => {
    const called = () => run.calls().find((call) => call.cmd === command);
    await run.waitUpTo(4000, () => called() !== undefined);
    const pid = called()?.pid;
    let state = "n/a";
    if (pid !== undefined) {
      run.sendSignal(KILL);
      await run.observe(300);
      state = stateOf(run, pid);
    }
    return { [`${command}_cmd_after`]: state };
  });
}
