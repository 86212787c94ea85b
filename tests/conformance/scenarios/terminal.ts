/** Containers with a terminal: output, input, detaching. */
import type { Run, StdinWriter } from "../../support/harness.ts";
import { plain, type Scenario, scenario } from "./scenario.ts";

const terminal = true;

/** Waits for one line at a time and echoes it: shows what input arrives, and its end. */
const ECHO_LINES = 'while read a; do echo "got:$a"; done; echo eof; exit 0';

export const terminals: Scenario[] = [
  scenario("tty_output", { terminal }, async (run) => {
    run.setup({
      init: "printf 'a\\nb\\n'; echo err >&2; stty size; exit 3",
      terminal,
    });
    await run.start();
    await run.exitsWithin(10_000);
    return { stderr_fifo_opened: run.eof("stderr") !== undefined };
  }),
  plain("tty_stty", {
    about: "the terminal's settings as the container first sees them",
    init: "stty -a; exit 0",
    terminal,
    // What a container without capabilities has; nothing else tells the daemon's age.
    process: { capabilities: undefined },
  }),
  plain("tty_stderr_fifo_absent", {
    init: "echo hi; exit 0",
    terminal,
    ioFifos: ["stdin", "stdout"],
  }),
  scenario("tty_input_echo", { terminal }, async (run) => {
    run.setup({ init: 'read a; echo "got:$a"; exit 0', terminal });
    await run.start();
    const stdin = await run.openStdin();
    await run.initPid();
    await run.observe(300);
    await stdin.write("hello\r");
    await run.exitsWithin(10_000);
    stdin.close();
  }),
  scenario("tty_prefilled_stdin", { terminal }, async (run) => {
    run.setup({ init: 'read a; echo "got:$a"; exit 0', terminal });
    const stdin = run.prefillStdin("early\n");
    await run.start();
    await run.exitsWithin(10_000);
    stdin.close();
  }),
  scenario("tty_ctrl_c", { terminal }, async (run) => {
    run.setup({
      init:
        "trap 'echo INT; exit 130' INT; echo ready; while :; do sleep 0.05; done",
      terminal,
    });
    await run.start();
    const stdin = await run.openStdin();
    await run.untilOutput("ready");
    await stdin.write("\x03");
    await run.exitsWithin(10_000);
    stdin.close();
  }),
  scenario(
    "tty_close_stdin_message",
    {
      terminal,
      about:
        "close-stdin on a terminal: does the container notice, can input go on?",
    },
    closeStdinMessage,
  ),
  scenario("tty_writer_reopens_without_message", { terminal }, async (run) => {
    run.setup({ init: `echo ready; ${ECHO_LINES}`, terminal });
    await run.start();
    const first = await run.openStdin();
    await run.untilOutput("ready");
    await first.write("one\n");
    await run.untilOutput("got:one");
    first.close();
    await run.observe(300);
    const second = await run.openStdin();
    await second.write("two\n");
    const arrives = await run.waitUpTo(
      2000,
      () => run.text("stdout").includes("got:two"),
    );
    run.sendSignal(9, await run.initPid());
    await run.exitsWithin(10_000);
    second.close();
    return { second_writer_arrives: arrives };
  }),
  scenario("tty_detach_reattach_reader", { terminal }, async (run) => {
    run.setup({
      init: "i=0; while [ $i -lt 2000 ]; do echo line$i; i=$((i+1)); " +
        `[ $i = 1000 ] && sleep 0.5; done; read x < ${run.gatePath}; exit 0`,
      terminal,
    });
    await run.start();
    await run.untilOutput("line999\r\n");
    run.closeReader("stdout");
    await run.observe(1500);
    run.attachReader("stdout");
    await run.observe(300);
    await run.gate();
    await run.exitsWithin(10_000);
    const lines = run.text("stdout").split("\r\n").filter((line) =>
      line !== ""
    );
    const wanted = Array.from({ length: 2000 }, (_, i) => `line${i}`);
    return {
      stdout: null,
      lines: lines.length,
      complete: lines.join("\n") === wanted.join("\n"),
    };
  }),
  plain("tty_grandchild_holds_slave", {
    about:
      "init is gone, a grandchild that ignores HUP holds the terminal; kill does nothing",
    init: "trap '' HUP; (sleep 1; echo late) & exit 0",
    terminal,
    runtime: { kill: { mode: "none" } },
  }),
  scenario("tty_big_output", { terminal }, async (run) => {
    const data = ("0123456789abcde".repeat(64) + "\n").repeat(4000);
    run.setup({ init: `stty -opost; cat ${run.root}/data; exit 0`, terminal });
    Deno.writeTextFileSync(`${run.root}/data`, data);
    await run.start();
    await run.exitsWithin(30_000);
    return { matches: run.text("stdout") === data };
  }),
  scenario(
    "tty_last_words",
    {
      terminal,
      about:
        "60 kB right before the exit while the reader is slow: is the tail kept?",
    },
    async (run) => {
      run.setup({
        init: `stty -opost; cat ${run.root}/data; exit 0`,
        terminal,
      });
      Deno.writeTextFileSync(`${run.root}/data`, "y".repeat(60_000));
      await run.start();
      await run.observe(200);
      run.pauseReader("stdout");
      await run.observe(1000);
      run.resumeReader("stdout");
      await run.exitsWithin(10_000);
      return { got: run.output("stdout").length, stdout: null };
    },
  ),
  scenario(
    "tty_input_flood",
    {
      terminal,
      about:
        "the container never reads; the client writes until it blocks; init ends",
    },
    async (run) => {
      run.setup({
        init:
          `stty -icanon -echo; echo ready; read x < ${run.gatePath}; exit 6`,
        terminal,
      });
      await run.start();
      const stdin = await run.openStdin();
      await run.untilOutput("ready");
      const { outcome } = await stdin.write("q".repeat(1 << 20), {
        withinMs: 1500,
      });
      await run.gate();
      await run.exitsWithin(4000);
      return { client_blocked: outcome === "blocked" };
    },
  ),
  plain("tty_all_devnull", {
    init: "echo hi; exit 3",
    terminal,
    process: {
      containerdStdin: "/dev/null",
      containerdStdout: "/dev/null",
      containerdStderr: "/dev/null",
    },
  }),
  scenario("tty_shim_fds", { terminal }, async (run) => {
    run.setup({ init: `read x < ${run.gatePath}; exit 0`, terminal });
    await run.start();
    await run.initPid();
    await run.observe(300);
    const left = [...Deno.readDirSync(run.tmp)].map((entry) => entry.name)
      .sort();
    await run.gate();
    await run.exitsWithin(10_000);
    return { tmp_while_running: left };
  }),
];

async function closeStdinMessage(run: Run) {
  run.setup({
    init: `echo ready; trap 'echo HUP' HUP; ${ECHO_LINES}`,
    terminal,
  });
  await run.start();
  const stdin = await run.openStdin();
  await run.untilOutput("ready");
  await stdin.write("one\n");
  await run.untilOutput("got:one");
  run.control("0 0 0\n");
  await run.observe(500);
  const afterMessage = count(run, "eof");
  await stdin.write("two\n");
  const two = await run.waitUpTo(
    1000,
    () => run.text("stdout").includes("got:two"),
  );
  stdin.close();
  await run.observe(500);
  const afterClose = count(run, "eof") + count(run, "HUP");

  // Upstream still holds the FIFO open for reading here, so this succeeds.
  const again = run.tryOpenStdin();
  const three = again !== undefined && await arrives(run, again, "three");
  const running = !run.exited;
  run.sendSignal(9, await run.initPid());
  await run.exitsWithin(10_000);
  return {
    eof_after_message: afterMessage,
    input_after_message_arrives: two,
    eof_or_hup_after_writer_closed: afterClose,
    reopen_after_all_closed: again === undefined ? "ENXIO" : true,
    input_after_reopen_arrives: three,
    running,
  };
}

async function arrives(
  run: Run,
  stdin: StdinWriter,
  word: string,
): Promise<boolean> {
  stdin.tryWrite(`${word}\n`);
  const seen = await run.waitUpTo(
    1000,
    () => run.text("stdout").includes(`got:${word}`),
  );
  stdin.close();
  return seen;
}

function count(run: Run, word: string): number {
  return run.text("stdout").split(word).length - 1;
}
