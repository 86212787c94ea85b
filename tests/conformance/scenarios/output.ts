/** The way out of the container: nothing lost, readers that come late, leave and return. */
import { randomBytes } from "node:crypto";
import { sha256 } from "./stdin.ts";
import { children as childrenOf } from "../../support/processes.ts";
import { bytesWaiting, close, O, open } from "../../support/posix.ts";
import { plain, type Scenario, scenario, secondsUntil } from "./scenario.ts";
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
  plain("all_devnull_big_stdout", {
    about:
      "stdout and stderr share one path and more than a pipe of stdout is written",
    init: "head -c 300000 /dev/zero; exit 4",
    process: devNull,
    withinMs: 4000,
  }),
  plain("all_devnull_big_stderr", {
    init: "head -c 300000 /dev/zero >&2; exit 4",
    process: devNull,
    withinMs: 4000,
  }),
  scenario("same_fifo_stdout_stderr", {}, async (run) => {
    run.setup({
      init: "echo o1; sleep 0.2; echo e1 >&2; sleep 0.2; echo o2; exit 0",
    });
    run.writeProcess({
      ...run.defaultProcess(),
      containerdStderr: `${run.io}/stdout`,
    });
    await run.start();
    await run.exitsWithin(4000);
  }),
  noReader("stdout_no_reader", ["exit", "control", "stderr"]),
  noReader("stderr_no_reader", ["exit", "control", "stdout"]),
  scenario(
    "stdout_reader_late",
    { about: "the reader comes after 2 s: when does the runtime start?" },
    async (run) => {
      run.setup({
        init: "echo hi; exit 0",
        readers: ["exit", "control", "stderr"],
      });
      await run.start();
      await run.observe(2000);
      const early = run.calls().map((call) => call.cmd);
      run.attachReader("stdout");
      await run.exitsWithin(5000);
      return { runtime_calls_before_reader: early };
    },
  ),
  scenario(
    "both_readers_late_total_budget",
    {
      slow: true,
      about:
        "readers at 9 s and at 18 s: is the limit of 15 s per FIFO or in total?",
    },
    async (run) => {
      run.setup({ init: "echo hi; exit 0", readers: ["exit", "control"] });
      await run.start();
      await run.exitsWithin(9000);
      run.attachReader("stdout");
      await run.exitsWithin(9000);
      if (!run.exited) run.attachReader("stderr");
      await run.exitsWithin(4000);
      return { shim_lifetime_s: wholeSeconds(secondsUntil(run, "shim_exit")) };
    },
  ),
  scenario(
    "no_reader_held_fds",
    {
      about:
        "while the shim waits for a reader: what it holds, whether SIGTERM ends it",
    },
    async (run) => {
      run.setup({
        init: "echo hi; exit 0",
        readers: ["exit", "control", "stderr"],
      });
      await run.start();
      await run.observe(1000);
      let held: string[] | null = null;
      if (!run.exited) {
        const links = run.shimFds().map(({ link }) => run.normalise(link));
        held = [...new Set(links.filter(isOfContract))].sort();
        run.sendSignal(15);
        await run.observe(500);
      }
      return { held, alive_after_SIGTERM: !run.exited };
    },
  ),
  scenario("stdout_64MiB", { slow: true, deadlineMs: 120_000 }, async (run) => {
    const block = randomBytes(1 << 20);
    const data = new Uint8Array(64 << 20);
    for (let i = 0; i < 64; i++) {
      data.set(block, i << 20);
      data[i << 20] = i;
    }
    run.setup({ init: `exec dd if=${run.root}/data bs=64k status=none` });
    Deno.writeFileSync(`${run.root}/data`, data);
    await run.start();
    await run.exitsWithin(60_000);
    const got = run.output("stdout");
    return {
      stdout: null,
      bytes: got.length,
      intact: sha256(got) === sha256(data),
    };
  }),
  plain("stdout_stderr_interleaved_big", {
    init:
      "head -c 3000000 /dev/zero & head -c 2000000 /dev/zero >&2 & wait; exit 0",
    withinMs: 30_000,
  }),
  scenario("stdout_reader_slow", {}, async (run) => {
    const data = randomBytes(2 << 20);
    run.setup({ init: `cat ${run.root}/data; exit 0` });
    Deno.writeFileSync(`${run.root}/data`, data);
    await run.start();
    const end = performance.now() + 20_000;
    while (run.eof("stdout") === undefined && performance.now() < end) {
      run.pauseReader("stdout");
      await run.observe(10);
      run.resumeReader("stdout");
      await run.observe(1);
    }
    await run.exitsWithin(10_000);
    const got = run.output("stdout");
    return {
      stdout: null,
      bytes: got.length,
      intact: sha256(got) === sha256(data),
    };
  }),
  scenario(
    "stdout_reader_away_and_back",
    {
      about:
        "the reader leaves in mid-stream and comes back: nothing lost, order kept",
    },
    readerAwayAndBack,
  ),
  scenario(
    "stdout_reader_leaves_for_good",
    {
      about:
        "the only reader leaves, little output follows, the container ends",
    },
    async (run) => {
      run.setup({ init: `echo a; read x < ${run.gatePath}; echo b; exit 0` });
      await run.start();
      await run.untilOutput("a");
      run.closeReader("stdout");
      await run.gate();
      await run.exitsWithin(4000);
      run.attachReader("stdout");
      await run.observe(200);
      return { late_reader_gets: run.normalise(run.text("stdout")) };
    },
  ),
  scenario(
    "stdout_reader_leaves_big_output",
    {
      about:
        "the only reader leaves, 1 MB follows, init is killed: does the shim end?",
    },
    readerLeavesBigOutput,
  ),
  scenario(
    "stdout_unread_at_exit",
    {
      about:
        "30 kB are unread when the container ends: can they be read afterwards?",
    },
    async (run) => {
      run.setup({ init: "head -c 30000 /dev/zero | tr '\\0' x; exit 0" });
      await run.start();
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
    },
  ),
  scenario(
    "stdout_unread_at_exit_200k",
    {
      about:
        "the same with more than FIFO and pipe hold: the shim must wait for the reader",
    },
    async (run) => {
      run.setup({ init: "head -c 200000 /dev/zero | tr '\\0' x; exit 0" });
      await run.start();
      run.pauseReader("stdout");
      await run.exitsWithin(2000, 0);
      const gone = run.exited;
      const early = isThere(`${run.state}/exitStatus`);
      run.resumeReader("stdout");
      await run.exitsWithin(10_000);
      return {
        shim_gone_before_reading: gone,
        exitStatus_before_reading: early,
        bytes: run.output("stdout").length,
        stdout: null,
      };
    },
  ),
  scenario(
    "stdout_100k_unread_init_gone",
    {
      about:
        "init can leave, but the copy is stuck on the FIFO: exitStatus early, shim waits",
    },
    async (run) => {
      run.setup({ init: "head -c 100000 /dev/zero | tr '\\0' x; exit 0" });
      await run.start();
      run.pauseReader("stdout");
      await run.waitUpTo(3000, () => isThere(`${run.state}/exitStatus`));
      await run.exitsWithin(1500, 0);
      const facts = {
        shim_gone_before_reading: run.exited,
        runtime_calls_before_reading: run.calls().map((call) => call.cmd),
        exit_eof_before_reading: run.eof("exit") !== undefined,
      };
      run.resumeReader("stdout");
      await run.exitsWithin(10_000);
      return { ...facts, bytes: run.output("stdout").length, stdout: null };
    },
  ),
  scenario("stdout_binary", {}, async (run) => {
    run.setup({ init: "printf '\\000\\001\\377\\n\\r\\n'; exit 0" });
    await run.start();
    await run.exitsWithin(10_000);
    return { stdout: null, hex: run.output("stdout").toHex() };
  }),
  scenario(
    "stdout_closed_by_container",
    {
      about:
        "the container closes its output and lives on: does the reader see an end?",
    },
    async (run) => {
      run.setup({
        init: `echo a; exec >/dev/null 2>&1; read x < ${run.gatePath}; exit 0`,
      });
      await run.start();
      await run.untilOutput("a");
      await run.observe(500);
      const early = run.eof("stdout") !== undefined;
      const held = run.shimFds().some(({ link }) =>
        link === `${run.io}/stdout`
      );
      await run.gate();
      await run.exitsWithin(10_000);
      return { stdout_eof_while_running: early, shim_holds_stdout_fifo: held };
    },
  ),
  scenario(
    "long_life_18s",
    {
      slow: true,
      about: "past the limit of 15 s for opening, everything still works",
    },
    async (run) => {
      run.setup({ init: "cat; echo eof; exit 2" });
      await run.start();
      const stdin = await run.openStdin();
      await run.observe(17_000);
      await stdin.write("late data\n");
      const arrives = await run.waitUpTo(
        2000,
        () => run.text("stdout").includes("late data"),
      );
      stdin.close();
      run.control("0 0 0\n");
      await run.exitsWithin(3000);
      return { data_after_17s: arrives };
    },
  ),
];

/** What a peer can tell that the shim holds, apart from what waits to be opened. */
function isOfContract(link: string): boolean {
  return /^\$(IO|STATE)\//.test(link) && link !== "$IO/stdout";
}

type Readers = ("exit" | "control" | "stdout" | "stderr")[];

function noReader(name: string, readers: Readers): Scenario {
  return scenario(name, { slow: true }, async (run) => {
    run.setup({ init: "echo hi; exit 0", readers });
    await run.start();
    await run.exitsWithin(19_000);
    return { shim_lifetime_s: wholeSeconds(secondsUntil(run, "shim_exit")) };
  });
}

/** With room enough in the pipes all of them may have ended by themselves. */
function killIfThere(run: Run, pid: number): void {
  try {
    run.sendSignal(9, pid);
  } catch {
    // It is gone.
  }
}

/** Bytes that wait in a FIFO. */
function unreadIn(path: string): number {
  const fd = open(path, O.RDONLY | O.NONBLOCK);
  try {
    return bytesWaiting(fd);
  } finally {
    close(fd);
  }
}

function wholeSeconds(seconds: number | null): number | null {
  return seconds === null ? null : Math.round(seconds);
}

async function readerAwayAndBack(run: Run) {
  const data = Array.from(
    { length: 131_072 },
    (_, i) => `${i}`.padStart(7, "0") + "\n",
  ).join("");
  const file = `${run.root}/data`;
  run.setup({
    init:
      `head -c 200000 ${file}; read x < ${run.gatePath}; tail -c +200001 ${file}; exit 0`,
  });
  Deno.writeTextFileSync(file, data);
  await run.start();
  await run.waitUpTo(3000, () => run.output("stdout").length >= 200_000);
  run.closeReader("stdout");
  await run.gate();
  await run.observe(1000);
  const alive = !run.exited;
  const inFifo = unreadIn(`${run.io}/stdout`);
  run.attachReader("stdout");
  await run.exitsWithin(20_000);
  const got = run.text("stdout");
  return {
    stdout: null,
    bytes: got.length,
    intact: got === data,
    shim_alive_without_reader: alive,
    buffered_in_fifo: inFifo,
  };
}

async function readerLeavesBigOutput(run: Run) {
  run.setup({
    init: `echo a; read x < ${run.gatePath}; head -c 1000000 /dev/zero; exit 0`,
  });
  await run.start();
  await run.untilOutput("a");
  run.closeReader("stdout");
  await run.gate();
  await run.exitsWithin(1500);
  const blocked = !run.exited;
  const init = await run.initPid();
  const children = childrenOf(init);
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
