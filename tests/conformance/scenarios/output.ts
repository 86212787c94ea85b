/** The way out of the container: nothing lost, readers that come late, leave and return. */
import { randomBytes } from "node:crypto";
import type { Facts } from "../recordings.ts";
import { sha256 } from "../../support/normalise.ts";
import { lifetime, plain, type Scenario } from "./scenario.ts";
import type { Run } from "../../support/harness.ts";
import { isThere } from "../../support/look.ts";

const devNull = {
  containerdStdin: "/dev/null",
  containerdStdout: "/dev/null",
  containerdStderr: "/dev/null",
};

export const output: Scenario[] = [
  plain("all_devnull", {
    init: "echo hi; echo e >&2; cat; exit 4",
    process: devNull,
  }),
  // Stdout and stderr share one path and more than a pipe of stdout is written.
  plain("all_devnull_big_stdout", {
    init: "head -c 300000 /dev/zero; exit 4",
    process: devNull,
    withinMs: 4000,
  }),
  plain("all_devnull_big_stderr", {
    init: "head -c 300000 /dev/zero >&2; exit 4",
    process: devNull,
    withinMs: 4000,
  }),
  plain("same_fifo_stdout_stderr", {
    init: "echo o1; sleep 0.2; echo e1 >&2; sleep 0.2; echo o2; exit 0",
    setup: ({ io }) => ({ process: { containerdStderr: `${io}/stdout` } }),
    withinMs: 4000,
  }),
  noReader("stdout_no_reader", ["exit", "control", "stderr"]),
  noReader("stderr_no_reader", ["exit", "control", "stdout"]),
  // The reader comes after 2 s: when does the runtime start?
  plain("stdout_reader_late", {
    init: "echo hi; exit 0",
    readers: ["exit", "control", "stderr"],
    withinMs: 5000,
  }, async (run) => {
    await run.observe(2000);
    const early = run.calls().map((call) => call.cmd);
    run.attachReader("stdout");
    return { runtime_calls_before_reader: early };
  }),
  // Readers at 9 s and at 18 s: is the limit of 15 s per FIFO or in total?
  plain("both_readers_late_total_budget", {
    slow: true,
    init: "echo hi; exit 0",
    readers: ["exit", "control"],
    withinMs: 4000,
    facts: lifetime,
  }, async (run) => {
    await run.exitsWithin(9000);
    run.attachReader("stdout");
    await run.exitsWithin(9000);
    if (!run.exited) run.attachReader("stderr");
  }),
  // While the shim waits for a reader: what it holds, whether SIGTERM ends it.
  plain("no_reader_held_fds", {
    init: "echo hi; exit 0",
    readers: ["exit", "control", "stderr"],
    withinMs: 0,
  }, async (run) => {
    await run.observe(1000);
    let held: string[] | null = null;
    if (!run.exited) {
      const links = run.shimFds().map(({ link }) => run.normalise(link));
      held = [...new Set(links.filter(isOfContract))].sort();
      run.sendSignal(15);
      await run.observe(500);
    }
    return { held, alive_after_SIGTERM: !run.exited };
  }),
  plain("stdout_64MiB", {
    slow: true,
    deadlineMs: 120_000,
    setup: (run) => ({
      init: `exec dd if=${run.root}/data bs=64k status=none`,
    }),
    before(run) {
      const block = randomBytes(1 << 20);
      using file = Deno.createSync(`${run.root}/data`);
      for (let i = 0; i < 64; i++) {
        block[0] = i;
        file.writeSync(block);
      }
    },
    withinMs: 60_000,
    facts: intactOutput,
  }),
  plain("stdout_stderr_interleaved_big", {
    init:
      "head -c 3000000 /dev/zero & head -c 2000000 /dev/zero >&2 & wait; exit 0",
    withinMs: 30_000,
  }),
  plain("stdout_reader_slow", {
    setup: (run) => ({ init: `cat ${run.root}/data; exit 0` }),
    before: (run) =>
      Deno.writeFileSync(`${run.root}/data`, randomBytes(2 << 20)),
    facts: intactOutput,
  }, async (run) => {
    const end = performance.now() + 20_000;
    while (run.eof("stdout") === undefined && performance.now() < end) {
      run.pauseReader("stdout");
      await run.observe(10);
      run.resumeReader("stdout");
      await run.observe(1);
    }
  }),
  // The reader leaves in mid-stream and comes back: nothing lost, order kept.
  plain("stdout_reader_away_and_back", {
    setup: ({ root }) => ({
      init: `head -c 200000 ${root}/data; read x < GATE; ` +
        `tail -c +200001 ${root}/data; exit 0`,
    }),
    before: (run) => Deno.writeTextFileSync(`${run.root}/data`, numberedLines),
    withinMs: 20_000,
    facts: intactOutput,
  }, readerAwayAndBack),
  // The only reader leaves, little output follows, the container ends.
  plain("stdout_reader_leaves_for_good", {
    init: "echo a; read x < GATE; echo b; exit 0",
  }, async (run) => {
    await run.untilOutput("a");
    run.closeReader("stdout");
    await run.gate();
    await run.exitsWithin(4000);
    run.attachReader("stdout");
    await run.observe(200);
    return { late_reader_gets: run.normalise(run.text("stdout")) };
  }),
  // The only reader leaves, 1 MB follows, init is killed: does the shim end?
  plain("stdout_reader_leaves_big_output", {
    init: "echo a; read x < GATE; head -c 1000000 /dev/zero; exit 0",
  }, readerLeavesBigOutput),
  // 30 kB are unread when the container ends: can they be read afterwards?
  plain("stdout_unread_at_exit", {
    init: "head -c 30000 /dev/zero | tr '\\0' x; exit 0",
  }, async (run) => {
    run.pauseReader("stdout");
    await run.exitsWithin(5000, 0);
    const gone = run.exited;
    run.resumeReader("stdout");
    await run.observe(300);
    return {
      shim_gone_before_reading: gone,
      readable_after: run.output("stdout").length,
      stdout: null,
    };
  }),
  // The same with more than FIFO and pipe hold: the shim must wait for the
  // reader.
  plain("stdout_unread_at_exit_200k", {
    init: "head -c 200000 /dev/zero | tr '\\0' x; exit 0",
    facts: amountOfOutput,
  }, async (run) => {
    run.pauseReader("stdout");
    await run.exitsWithin(2000, 0);
    const gone = run.exited;
    const early = isThere(`${run.state}/exitStatus`);
    run.resumeReader("stdout");
    return { shim_gone_before_reading: gone, exitStatus_before_reading: early };
  }),
  // Init can leave, but the copy is stuck on the FIFO: exitStatus early, shim
  // waits.
  plain("stdout_100k_unread_init_gone", {
    init: "head -c 100000 /dev/zero | tr '\\0' x; exit 0",
    facts: amountOfOutput,
  }, async (run) => {
    run.pauseReader("stdout");
    await run.waitUpTo(3000, () => isThere(`${run.state}/exitStatus`));
    await run.exitsWithin(1500, 0);
    const facts = {
      shim_gone_before_reading: run.exited,
      runtime_calls_before_reading: run.calls().map((call) => call.cmd),
      exit_eof_before_reading: run.eof("exit") !== undefined,
    };
    run.resumeReader("stdout");
    return facts;
  }),
  plain("stdout_binary", {
    init: "printf '\\000\\001\\377\\n\\r\\n'; exit 0",
    facts: (run) => ({ stdout: null, hex: run.output("stdout").toHex() }),
  }),
  // The container closes its output and lives on: does the reader see an end?
  plain("stdout_closed_by_container", {
    init: "echo a; exec >/dev/null 2>&1; read x < GATE; exit 0",
  }, async (run) => {
    await run.untilOutput("a");
    await run.observe(500);
    const early = run.eof("stdout") !== undefined;
    const held = run.shimFds().some(({ link }) => link === `${run.io}/stdout`);
    await run.gate();
    return { stdout_eof_while_running: early, shim_holds_stdout_fifo: held };
  }),
  // Past the limit of 15 s for opening, everything still works.
  plain("long_life_18s", {
    slow: true,
    init: "cat; echo eof; exit 2",
    withinMs: 3000,
  }, async (run) => {
    const stdin = await run.openStdin();
    await run.observe(17_000);
    await stdin.write("late data\n");
    const arrives = await run.waitUpTo(2000, () => run.hasOutput("late data"));
    stdin.close();
    run.control("0 0 0\n");
    return { data_after_17s: arrives };
  }),
];

/** What a peer can tell that the shim holds, apart from what waits to be opened. */
function isOfContract(link: string): boolean {
  return /^\$(IO|STATE)\//.test(link) && link !== "$IO/stdout";
}

type Readers = ("exit" | "control" | "stdout" | "stderr")[];

function noReader(name: string, readers: Readers): Scenario {
  return plain(name, {
    slow: true,
    init: "echo hi; exit 0",
    readers,
    withinMs: 19_000,
    facts: lifetime,
  });
}

/** All of the file `data` has arrived, and nothing else. */
function intactOutput(run: Run): Facts {
  const got = run.output();
  const intact = sha256(got) === sha256(Deno.readFileSync(`${run.root}/data`));
  return { stdout: null, bytes: got.length, intact };
}

function amountOfOutput(run: Run): Facts {
  return { stdout: null, bytes: run.output().length };
}

/** With room enough in the pipes all of them may have ended by themselves. */
function killIfThere(run: Run, pid: number): void {
  try {
    run.sendSignal(9, pid);
  } catch {
    // It is gone.
  }
}

const numberedLines = Array.from(
  { length: 131_072 },
  (_, i) => `${i}`.padStart(7, "0") + "\n",
).join("");

async function readerAwayAndBack(run: Run): Promise<Facts> {
  await run.waitUpTo(3000, () => run.output("stdout").length >= 200_000);
  run.closeReader("stdout");
  await run.gate();
  await run.observe(1000);
  const alive = !run.exited;
  const inFifo = run.waitingIn("stdout");
  run.attachReader("stdout");
  return { shim_alive_without_reader: alive, buffered_in_fifo: inFifo };
}

async function readerLeavesBigOutput(run: Run): Promise<Facts> {
  await run.untilOutput("a");
  run.closeReader("stdout");
  await run.gate();
  await run.exitsWithin(1500);
  const blocked = !run.exited;
  const init = await run.initPid();
  const children = run.children(init);
  for (const pid of [init, ...children.map((child) => child.pid)]) {
    killIfThere(run, pid);
  }
  await run.waitUpTo(5000, () => isThere(`${run.state}/exitStatus`));
  await run.exitsWithin(3000);
  const ended = run.exited;
  run.attachReader("stdout");
  await run.exitsWithin(4000);
  return {
    blocked_with_no_reader: blocked,
    ended_after_kill_without_reader: ended,
    ended_after_reader_back: run.exited,
    late_reader_gets_at_least_128KiB:
      run.output("stdout").length - 2 >= 131_072,
    stdout: null,
  };
}
