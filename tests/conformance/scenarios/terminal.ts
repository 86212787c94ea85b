/** Containers with a terminal: output, input, detaching. */
import type { Run, StdinWriter } from "../../support/harness.ts";
import { namesIn, plain, type Scenario } from "./scenario.ts";

const terminal = true;

/** Waits for one line at a time and echoes it: shows what input arrives, and its end. */
const ECHO_LINES = 'while read a; do echo "got:$a"; done; echo eof; exit 0';

const MUCH = ("0123456789abcde".repeat(64) + "\n").repeat(4000);

/** Prints a text as it is. */
function catOf(text: string) {
  return {
    setup: ({ root }: Run) => ({
      init: `stty -opost; cat ${root}/data; exit 0`,
    }),
    before: ({ root }: Run) => Deno.writeTextFileSync(`${root}/data`, text),
  };
}

export const terminals: Scenario[] = [
  plain("tty_output", {
    init: "printf 'a\\nb\\n'; echo err >&2; stty size; exit 3",
    terminal,
    facts: (run) => ({ stderr_fifo_opened: run.eof("stderr") !== undefined }),
  }),
  // The terminal's settings as the container first sees them.
  plain("tty_stty", {
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
  plain("tty_input_echo", {
    init: 'read a; echo "got:$a"; exit 0',
    terminal,
  }, async (run) => {
    const stdin = await run.openStdin();
    await run.initPid();
    await run.observe(300);
    await stdin.write("hello\r");
  }),
  plain("tty_prefilled_stdin", {
    init: 'read a; echo "got:$a"; exit 0',
    terminal,
    before: (run) => run.prefillStdin("early\n"),
  }),
  plain("tty_ctrl_c", {
    init:
      "trap 'echo INT; exit 130' INT; echo ready; while :; do sleep 0.05; done",
    terminal,
  }, async (run) => {
    const stdin = await run.openStdin();
    await run.untilOutput("ready");
    await stdin.write("\x03");
  }),
  // Close-stdin on a terminal: does the container notice, can input go on?
  plain("tty_close_stdin_message", {
    init: `echo ready; trap 'echo HUP' HUP; ${ECHO_LINES}`,
    terminal,
  }, closeStdinMessage),
  plain("tty_writer_reopens_without_message", {
    init: `echo ready; ${ECHO_LINES}`,
    terminal,
  }, async (run) => {
    const first = await run.openStdin();
    await run.untilOutput("ready");
    await first.write("one\n");
    await run.untilOutput("got:one");
    first.close();
    await run.observe(300);
    const second = await run.openStdin();
    await second.write("two\n");
    const arrives = await run.waitUpTo(2000, () => run.hasOutput("got:two"));
    run.sendSignal(9, await run.initPid());
    return { second_writer_arrives: arrives };
  }),
  plain("tty_detach_reattach_reader", {
    init: "i=0; while [ $i -lt 2000 ]; do echo line$i; i=$((i+1)); " +
      "[ $i = 1000 ] && sleep 0.5; done; read x < GATE; exit 0",
    terminal,
    facts: allLines,
  }, async (run) => {
    await run.untilOutput("line999\r\n");
    run.closeReader("stdout");
    await run.observe(1500);
    run.attachReader("stdout");
    await run.observe(300);
    await run.gate();
  }),
  // Init is gone, a grandchild that ignores HUP holds the terminal; kill does
  // nothing.
  plain("tty_grandchild_holds_slave", {
    init: "trap '' HUP; (sleep 1; echo late) & exit 0",
    terminal,
    runtime: { kill: { mode: "none" } },
  }),
  plain("tty_big_output", {
    terminal,
    ...catOf(MUCH),
    withinMs: 30_000,
    facts: (run) => ({ matches: run.text() === MUCH }),
  }),
  // 60 kB right before the exit while the reader is slow: is the tail kept?
  plain("tty_last_words", {
    terminal,
    ...catOf("y".repeat(60_000)),
    facts: (run) => ({ got: run.output().length, stdout: null }),
  }, async (run) => {
    await run.observe(200);
    run.pauseReader("stdout");
    await run.observe(1000);
    run.resumeReader("stdout");
  }),
  // The container never reads; the client writes until it blocks; init ends.
  plain("tty_input_flood", {
    init: "stty -icanon -echo; echo ready; read x < GATE; exit 6",
    terminal,
    withinMs: 4000,
  }, async (run) => {
    const stdin = await run.openStdin();
    await run.untilOutput("ready");
    const { outcome } = await stdin.write("q".repeat(1 << 20), {
      withinMs: 1500,
    });
    await run.gate();
    return { client_blocked: outcome === "blocked" };
  }),
  plain("tty_all_devnull", {
    init: "echo hi; exit 3",
    terminal,
    process: {
      containerdStdin: "/dev/null",
      containerdStdout: "/dev/null",
      containerdStderr: "/dev/null",
    },
  }),
  plain("tty_shim_fds", {
    init: "read x < GATE; exit 0",
    terminal,
  }, async (run) => {
    await run.initPid();
    await run.observe(300);
    const left = namesIn(run.tmp);
    await run.gate();
    return { tmp_while_running: left };
  }),
];

async function closeStdinMessage(run: Run) {
  const stdin = await run.openStdin();
  await run.untilOutput("ready");
  await stdin.write("one\n");
  await run.untilOutput("got:one");
  run.control("0 0 0\n");
  await run.observe(500);
  const afterMessage = count(run, "eof");
  await stdin.write("two\n");
  const two = await run.waitUpTo(1000, () => run.hasOutput("got:two"));
  stdin.close();
  await run.observe(500);
  const afterClose = count(run, "eof") + count(run, "HUP");

  // Upstream still holds the FIFO open for reading here, so this succeeds.
  const again = run.tryOpenStdin();
  const three = again !== undefined && await arrives(run, again, "three");
  const running = !run.exited;
  run.sendSignal(9, await run.initPid());
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
  const seen = await run.waitUpTo(1000, () => run.hasOutput(`got:${word}`));
  stdin.close();
  return seen;
}

function allLines(run: Run) {
  const lines = run.text().split("\r\n").filter((line) => line !== "");
  const wanted = Array.from({ length: 2000 }, (_, i) => `line${i}`);
  const complete = lines.join("\n") === wanted.join("\n");
  return { stdout: null, lines: lines.length, complete };
}

function count(run: Run, word: string): number {
  return run.text("stdout").split(word).length - 1;
}
