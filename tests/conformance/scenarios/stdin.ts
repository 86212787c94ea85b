/** The way into the container: data, its end, and who holds what open. */
import { sha256 } from "../../support/normalise.ts";
import { plain, type Scenario, scenario } from "./scenario.ts";

const CAT = "cat; echo eof; exit 0";
const SOME = new Uint8Array(60_000).fill(0x7a);
const MIB = Uint8Array.from(
  { length: 1 << 20 },
  (_, i) => (i * 7 + (i >> 8)) & 255,
);

export const stdins: Scenario[] = [
  scenario("stdin_prefilled", {}, async (run) => {
    run.setup({ init: CAT });
    const stdin = run.prefillStdin("early data\n");
    await run.start();
    await run.untilOutput("early data");
    stdin.close();
    await run.observe(600);
    const before = run.hasOutput("eof");
    run.control("0 0 0\n");
    await run.exitsWithin(10_000);
    return { eof_before_close_message: before };
  }),
  // The client closes: no end of file in the container before the close
  // message.
  plain("stdin_writer_eof", { init: CAT }, async (run) => {
    const stdin = await run.openStdin();
    await stdin.write("abc\n");
    await run.untilOutput("abc");
    stdin.close();
    await run.observe(1000);
    const before = run.hasOutput("eof");
    run.control("0 0 0\n");
    const after = await run.waitUpTo(2000, () => run.hasOutput("eof"));
    return {
      eof_before_close_message: before,
      eof_after_close_message: after,
    };
  }),
  // The close message comes while a client is connected.
  plain("stdin_close_then_writer", { init: CAT }, async (run) => {
    const stdin = await run.openStdin();
    await stdin.write("abc\n");
    await run.untilOutput("abc");
    run.control("0 0 0\n");
    await run.observe(600);
    const withWriter = run.hasOutput("eof");
    await stdin.write("more\n");
    const more = await run.waitUpTo(1000, () => run.hasOutput("more"));
    stdin.close();
    const afterClose = await run.waitUpTo(1000, () => run.hasOutput("eof"));
    return {
      eof_after_message_with_writer_open: withWriter,
      data_after_message_arrives: more,
      eof_after_writer_closed: afterClose,
    };
  }),
  plain("stdin_close_twice", {
    init: "cat; echo eof; sleep 0.5; exit 0",
  }, async (run) => {
    (await run.openStdin()).close();
    run.control("0 0 0\n0 0 0\n0 0 0\n");
    await run.waitUpTo(2000, () => run.hasOutput("eof"));
    run.control("0 0 0\n");
  }),
  // Data and close message race: data written first must arrive whole.
  plain("stdin_close_with_pending_data", {
    init: "read x < GATE; cat | sha256sum; exit 0",
    facts: (run) => ({ all_data: run.hasOutput(sha256(SOME)) }),
  }, async (run) => {
    const stdin = await run.openStdin();
    await stdin.write(SOME);
    stdin.close();
    run.control("0 0 0\n");
    await run.observe(300);
    await run.gate();
  }),
  plain("stdin_close_queued_before_start", {
    init: CAT,
    before: (run) => run.control("0 0 0\n"),
    withinMs: 3000,
  }),
  plain("stdin_close_during_create", {
    init: CAT,
    runtime: { create: { delayMs: 500 } },
    withinMs: 3000,
  }, async (run) => {
    await run.untilCall("create");
    run.control("0 0 0\n");
  }),
  plain("stdin_no_writer_ever", { init: CAT, withinMs: 2000 }, async (run) => {
    await run.exitsWithin(2000);
    const before = run.shimResult();
    run.control("0 0 0\n");
    return { before_message: before };
  }),
  plain("stdin_1MiB", {
    init: "sha256sum; exit 0",
    facts: (run) => ({ ok: run.hasOutput(sha256(MIB)) }),
  }, async (run) => {
    const stdin = await run.openStdin();
    const { written, outcome } = await stdin.write(MIB);
    stdin.close();
    run.control("0 0 0\n");
    return { written, err: outcome === "all" ? null : outcome };
  }),
  // The container closes its stdin; the client keeps writing.
  plain("stdin_container_closes", {
    init: "exec 0</dev/null; echo closed; sleep 1.5; exit 0",
  }, async (run) => {
    const stdin = await run.openStdin();
    await run.untilOutput("closed");
    const writes: string[] = [];
    for (let i = 0; i < 6; i++) {
      writes.push(stdin.tryWrite("data\n"));
      await run.observe(100);
    }
    const alive = !run.exited;
    const held = run.shimFds().some(({ link }) => link === `${run.io}/stdin`);
    return {
      writes_saw_EPIPE: writes.includes("EPIPE"),
      first_write: writes[0],
      shim_alive: alive,
      shim_still_holds_stdin_fifo: held,
    };
  }),
  // The client writes until it blocks; the container ends without reading.
  plain("stdin_container_never_reads", {
    init: "read x < GATE; exit 0",
  }, async (run) => {
    const stdin = await run.openStdin();
    const flood = new Uint8Array(4 << 20).fill(0x71);
    const { written, outcome } = await stdin.write(flood, { withinMs: 1500 });
    await run.gate();
    return {
      client_blocked: outcome === "blocked",
      accepted_more_than_128KiB: written === 131_072
        ? "exactly 128 KiB"
        : written > 131_072,
      accepted_less_than_200KiB: written < 200_000,
    };
  }),
  // Stdin is /dev/null: docker run without -i.
  plain("stdin_devnull", {
    init: CAT,
    process: { containerdStdin: "/dev/null" },
  }),
  // What the container's stdin is then.
  plain("stdin_devnull_fds", {
    init:
      "ls -l /proc/self/fd/0 | sed 's/.*-> //; s/:.*//'; cat; echo eof; exit 0",
    process: { containerdStdin: "/dev/null" },
  }),
];
