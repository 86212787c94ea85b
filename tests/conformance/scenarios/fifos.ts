/** FIFOs that are missing or something else, and a daemon that comes and goes. */
import type { Run, SetupOptions } from "../../support/harness.ts";
import { namesIn, plain, type Scenario } from "./scenario.ts";

interface Odd extends SetupOptions {
  /** Puts something else in the place of a FIFO. */
  prepare?: (run: Run) => void;
  /** A file below `io` whose content is a fact. */
  fileAfter?: string;
}

function odd(name: string, { prepare, fileAfter, ...setup }: Odd): Scenario {
  return plain(`io_${name}`, {
    init: "echo hi; exit 0",
    readers: [],
    ...setup,
    before(run) {
      prepare?.(run);
      run.openReaders(["exit", "control", "stdout", "stderr"]);
    },
    withinMs: 4000,
    facts(run) {
      const called = { runtime_called: run.calls().length > 0 };
      if (!fileAfter) return called;
      const content = Deno.readTextFileSync(`${run.io}/${fileAfter}`);
      return { ...called, file_after: run.normalise(content) };
    },
  });
}

const withoutStdin: SetupOptions["ioFifos"] = ["stdout", "stderr"];
const withoutStdout: SetupOptions["ioFifos"] = ["stdin", "stderr"];

const oddFiles: Scenario[] = [
  odd("exit_missing", { stateFifos: ["control"] }),
  odd("control_missing", { stateFifos: ["exit"] }),
  odd("exit_and_control_missing", { stateFifos: [] }),
  odd("stdin_missing", { ioFifos: withoutStdin }),
  odd("stdout_missing", { ioFifos: withoutStdout }),
  odd("stderr_missing", { ioFifos: ["stdin", "stdout"] }),
  odd("all_io_missing", { ioFifos: [] }),
  odd("exit_regular", {
    stateFifos: ["control"],
    prepare: (run) => Deno.writeTextFileSync(`${run.state}/exit`, ""),
  }),
  odd("exit_directory", {
    stateFifos: ["control"],
    prepare: (run) => Deno.mkdirSync(`${run.state}/exit`),
  }),
  odd("control_directory", {
    stateFifos: ["exit"],
    prepare: (run) => Deno.mkdirSync(`${run.state}/control`),
  }),
  odd("stdin_regular", {
    ioFifos: withoutStdin,
    prepare: (run) => Deno.writeTextFileSync(`${run.io}/stdin`, "from file\n"),
    init: "cat; echo eof; exit 0",
    fileAfter: "stdin",
  }),
  odd("stdout_regular", {
    ioFifos: withoutStdout,
    prepare: (run) =>
      Deno.writeTextFileSync(
        `${run.io}/stdout`,
        "old content, longer than the new\n",
      ),
    fileAfter: "stdout",
  }),
  odd("stdout_directory", {
    ioFifos: withoutStdout,
    prepare: (run) => Deno.mkdirSync(`${run.io}/stdout`),
  }),
  odd("stdin_directory", {
    ioFifos: withoutStdin,
    prepare: (run) => Deno.mkdirSync(`${run.io}/stdin`),
  }),
  odd("stdin_socket", {
    ioFifos: withoutStdin,
    prepare: (run) =>
      Deno.listen({ transport: "unix", path: `${run.io}/stdin` }).unref(),
  }),
  odd("stdout_dangling_symlink", {
    ioFifos: withoutStdout,
    prepare: (run) => Deno.symlinkSync("nowhere", `${run.io}/stdout`),
  }),
  odd("stdout_in_missing_dir", {
    process: { containerdStdout: "/nonexistent/dir/stdout" },
  }),
  odd("stdout_devzero_stderr_devfull", {
    process: { containerdStdout: "/dev/zero", containerdStderr: "/dev/full" },
    init: "echo a; echo b >&2; head -c 200000 /dev/zero >&2; exit 0",
  }),
];

const daemonComesAndGoes: Scenario[] = [
  // Nobody reads `exit`: the shim waits before it does anything else.
  plain("io_exit_no_reader", {
    readers: ["control", "stdout", "stderr"],
  }, async (run) => {
    await run.observe(1000);
    run.sendSignal(15);
    await run.observe(300);
    const running = !run.exited;
    const calls = run.calls().map((call) => call.cmd);
    const files = namesIn(run.state);
    run.attachReader("exit");
    return { while_no_reader: { running, calls, files } };
  }),
  // The daemon dies while the container runs: the shim goes on.
  plain("io_exit_reader_leaves", {
    init: "echo a; read x < GATE; echo b; exit 8",
  }, async (run) => {
    await run.untilOutput("a");
    run.closeReader("exit");
    run.closeControl();
    await run.observe(300);
    await run.gate();
  }),
  // The daemon restarts: messages and the end of `exit` still arrive.
  plain("io_exit_reader_reattaches", {
    init: "cat; echo eof; exit 8",
  }, async (run) => {
    const stdin = await run.openStdin();
    await stdin.write("x\n");
    await run.untilOutput("x");
    stdin.close();
    run.closeReader("exit");
    run.closeControl();
    await run.observe(300);
    const ticks = run.cpuTicks();
    await run.observe(500);
    const spins = run.cpuTicks() - ticks > 20;
    run.attachReader("exit");
    run.openControl();
    await run.observe(100);
    const spurious = run.eof("exit") !== undefined;
    run.control("0 0 0\n");
    return { spurious_eof: spurious, spins_without_control_holder: spins };
  }),
  // A message by a writer that leaves at once, when nobody else holds control.
  plain("io_message_while_containerd_down", {
    init: "cat; echo eof; exit 8",
    withinMs: 3000,
  }, async (run) => {
    await run.initPid();
    await run.observe(200);
    run.closeControl();
    run.openControl();
    run.control("0 0 0\n");
    run.closeControl();
  }),
];

export const fifos: Scenario[] = [...oddFiles, ...daemonComesAndGoes];
