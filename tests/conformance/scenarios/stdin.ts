/** The way into the container: data, its end, and who holds what open. */
import { createHash } from "node:crypto";
import { plain, type Scenario, scenario } from "./scenario.ts";

const CAT = "cat; echo eof; exit 0";

export const stdins: Scenario[] = [
  scenario("stdin_prefilled", {}, async (run) => {
    run.setup({ init: CAT });
    const stdin = run.prefillStdin("early data\n");
    await run.start();
    await run.untilOutput("early data");
    stdin.close();
    await run.observe(600);
    const before = run.text("stdout").includes("eof");
    run.control("0 0 0\n");
    await run.exitsWithin(10_000);
    return { eof_before_close_message: before };
  }),
  scenario(
    "stdin_writer_eof",
    {
      about:
        "the client closes: no end of file in the container before the close message",
    },
    async (run) => {
      run.setup({ init: CAT });
      await run.start();
      const stdin = await run.openStdin();
      await stdin.write("abc\n");
      await run.untilOutput("abc");
      stdin.close();
      await run.observe(1000);
      const before = run.text("stdout").includes("eof");
      run.control("0 0 0\n");
      const after = await run.waitUpTo(
        2000,
        () => run.text("stdout").includes("eof"),
      );
      await run.exitsWithin(10_000);
      return {
        eof_before_close_message: before,
        eof_after_close_message: after,
      };
    },
  ),
  scenario(
    "stdin_close_then_writer",
    { about: "the close message comes while a client is connected" },
    async (run) => {
      run.setup({ init: CAT });
      await run.start();
      const stdin = await run.openStdin();
      await stdin.write("abc\n");
      await run.untilOutput("abc");
      run.control("0 0 0\n");
      await run.observe(600);
      const withWriter = run.text("stdout").includes("eof");
      await stdin.write("more\n");
      const more = await run.waitUpTo(
        1000,
        () => run.text("stdout").includes("more"),
      );
      stdin.close();
      const afterClose = await run.waitUpTo(
        1000,
        () => run.text("stdout").includes("eof"),
      );
      await run.exitsWithin(10_000);
      return {
        eof_after_message_with_writer_open: withWriter,
        data_after_message_arrives: more,
        eof_after_writer_closed: afterClose,
      };
    },
  ),
  scenario("stdin_close_twice", {}, async (run) => {
    run.setup({ init: "cat; echo eof; sleep 0.5; exit 0" });
    await run.start();
    (await run.openStdin()).close();
    run.control("0 0 0\n0 0 0\n0 0 0\n");
    await run.waitUpTo(2000, () => run.text("stdout").includes("eof"));
    run.control("0 0 0\n");
    await run.exitsWithin(10_000);
  }),
  scenario(
    "stdin_close_with_pending_data",
    {
      about:
        "data and close message race: data written first must arrive whole",
    },
    async (run) => {
      run.setup({ init: `read x < ${run.gatePath}; cat | sha256sum; exit 0` });
      await run.start();
      const stdin = await run.openStdin();
      const data = new Uint8Array(60_000).fill(0x7a);
      await stdin.write(data);
      stdin.close();
      run.control("0 0 0\n");
      await run.observe(300);
      await run.gate();
      await run.exitsWithin(10_000);
      const all = run.text("stdout").includes(sha256(data));
      return { all_data: all };
    },
  ),
  scenario("stdin_close_queued_before_start", {}, async (run) => {
    run.setup({ init: CAT });
    run.control("0 0 0\n");
    await run.start();
    await run.exitsWithin(3000);
  }),
  scenario("stdin_close_during_create", {}, async (run) => {
    run.setup({ init: CAT, runtime: { create: { delayMs: 500 } } });
    await run.start();
    await run.untilCall("create");
    run.control("0 0 0\n");
    await run.exitsWithin(3000);
  }),
  scenario("stdin_no_writer_ever", {}, async (run) => {
    run.setup({ init: CAT });
    await run.start();
    await run.exitsWithin(2000);
    const before = run.shimResult();
    run.control("0 0 0\n");
    await run.exitsWithin(2000);
    return { before_message: before };
  }),
  scenario("stdin_1MiB", {}, async (run) => {
    run.setup({ init: "sha256sum; exit 0" });
    const data = Uint8Array.from(
      { length: 1 << 20 },
      (_, i) => (i * 7 + (i >> 8)) & 255,
    );
    await run.start();
    const stdin = await run.openStdin();
    const { written, outcome } = await stdin.write(data);
    stdin.close();
    run.control("0 0 0\n");
    await run.exitsWithin(10_000);
    return {
      written,
      err: outcome === "all" ? null : outcome,
      ok: run.text("stdout").includes(sha256(data)),
    };
  }),
  scenario(
    "stdin_container_closes",
    { about: "the container closes its stdin; the client keeps writing" },
    async (run) => {
      run.setup({ init: "exec 0</dev/null; echo closed; sleep 1.5; exit 0" });
      await run.start();
      const stdin = await run.openStdin();
      await run.untilOutput("closed");
      const writes: string[] = [];
      for (let i = 0; i < 6; i++) {
        writes.push(stdin.tryWrite("data\n"));
        await run.observe(100);
      }
      const alive = !run.exited;
      const held = run.shimFds().some(({ link }) => link === `${run.io}/stdin`);
      await run.exitsWithin(10_000);
      stdin.close();
      return {
        writes_saw_EPIPE: writes.includes("EPIPE"),
        first_write: writes[0],
        shim_alive: alive,
        shim_still_holds_stdin_fifo: held,
      };
    },
  ),
  scenario(
    "stdin_container_never_reads",
    {
      about:
        "the client writes until it blocks; the container ends without reading",
    },
    async (run) => {
      run.setup({ init: `read x < ${run.gatePath}; exit 0` });
      await run.start();
      const stdin = await run.openStdin();
      const flood = new Uint8Array(4 << 20).fill(0x71);
      const { written, outcome } = await stdin.write(flood, { withinMs: 1500 });
      await run.gate();
      await run.exitsWithin(10_000);
      stdin.close();
      return {
        client_blocked: outcome === "blocked",
        accepted_more_than_128KiB: written === 131_072
          ? "exactly 128 KiB"
          : written > 131_072,
        accepted_less_than_200KiB: written < 200_000,
      };
    },
  ),
  plain("stdin_devnull", {
    about: "stdin is /dev/null: docker run without -i",
    init: CAT,
    process: { containerdStdin: "/dev/null" },
  }),
  plain("stdin_devnull_fds", {
    about: "what the container's stdin is then",
    init:
      "ls -l /proc/self/fd/0 | sed 's/.*-> //; s/:.*//'; cat; echo eof; exit 0",
    process: { containerdStdin: "/dev/null" },
  }),
];

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
