/** Messages on the control FIFO: `0 0 0` closes stdin, `1 W H` resizes. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { sizesAskedBy } from "../../robustness/control_model.ts";
import { controlStream, joined } from "../../robustness/inputs.ts";
import type { Run } from "../../support/harness.ts";
import { parseStrace, winsizeIoctls } from "../../support/strace.ts";
import { plain, repeated, type Scenario, scenario } from "./scenario.ts";

/** What is written to the FIFO, or a pause in milliseconds. */
type Step = string | Uint8Array | number;

/** Sends messages to a shim whose container reports every size that its terminal gets. */
function messages(
  name: string,
  steps: readonly Step[],
  /** `before` is written before the shim starts. */
  { before = "", terminal = true } = {},
): Scenario {
  return scenario(
    `ctl_${name}`,
    { terminal, needs: ["strace"] },
    async (run) => {
      run.setup({ init: [run.helper, "winsize"], terminal });
      run.control(before);
      await run.start({ strace: "ioctl" });
      const init = await run.initPid();
      if (terminal) await run.untilOutput("SIZE");
      await run.observe(100);
      for (const step of steps) {
        if (typeof step === "number") await run.observe(step);
        else await send(run, step);
      }
      const spinning = await spins(run, 300);
      await lastSizeTold(run);
      const running = !run.exited;
      run.sendSignal(9, init);
      await run.exitsWithin(10_000);
      const sizes = [...run.text("stdout").matchAll(/SIZE (\d+ \d+)/g)];
      return {
        winsize_ioctls: await run.winsizeIoctls(),
        final_rows_cols: sizes.at(-1)?.[1] ?? null,
        still_running: running,
        spinning: running ? spinning : null,
        stdout: null,
      };
    },
  );
}

/** Sends a message and lets the shim take it in: the next one wakes it anew. */
async function send(run: Run, message: string | Uint8Array): Promise<void> {
  run.control(message);
  await run.waitUpTo(2000, () => run.controlPending() === 0);
  await run.observe(30);
}

/** Waits until the container has told of the last size that the shim has set. */
async function lastSizeTold(run: Run): Promise<void> {
  const log = Deno.readTextFileSync(`${run.root}/strace`);
  const last = winsizeIoctls(parseStrace(log, run.pid)).at(-1);
  const [, rows, cols] = /rows=(\d+) cols=(\d+)/.exec(last ?? "") ?? [];
  if (rows === undefined) return;
  const told = () => run.hasOutput(`SIZE ${rows} ${cols}`);
  await run.waitUpTo(3000, told);
}

/** True when the shim uses more than 40 % of a processor over this time. */
async function spins(run: Run, ms: number): Promise<boolean> {
  if (run.exited) return false;
  const before = run.cpuTicks();
  const from = performance.now();
  await run.observe(ms);
  if (run.exited) return false;
  // A tick is 10 ms of processor time.
  return (run.cpuTicks() - before) * 10 > 0.4 * (performance.now() - from);
}

/** A good message that shows whether what came before it did harm. */
const GOOD = "1 7 9\n";

/** Messages of ascending sizes: width and height from `first` to `last`. */
function ascending(first: number, last: number): string {
  const count = last - first + 1;
  return Array.from({ length: count }, (_, i) => first + i)
    .map((n) => `1 ${n} ${n + 1}\n`).join("");
}

const allBytes = Uint8Array.from({ length: 256 }, (_, i) => i);

export const control: Scenario[] = [
  messages("resize", ["1 80 24\n"]),
  messages("resize_two", ["1 80 24\n", "1 132 43\n"]),
  messages("resize_before_console", [300], { before: "1 100 50\n" }),
  messages("resize_two_before_console", [300], {
    before: "1 80 24\n1 100 50\n",
  }),
  messages("resize_five_before_console", [300], {
    before: [0, 1, 2, 3, 4].map((i) => `1 ${10 + i} ${20 + i}\n`).join(""),
  }),
  messages("resize_zero", ["1 80 24\n", "1 0 0\n"]),
  messages("resize_65535", ["1 65535 65535\n"]),
  messages("resize_65536", ["1 80 24\n", "1 65536 65537\n"]),
  messages("resize_70000", ["1 70000 70001\n"]),
  messages("resize_negative", ["1 -1 -2\n"]),
  messages("resize_int64max", ["1 9223372036854775807 5\n", GOOD]),
  messages("resize_int64overflow", ["1 9223372036854775808 5\n", GOOD]),
  messages("resize_neg_int64min", ["1 -9223372036854775808 5\n", GOOD]),
  messages("plus_sign", ["1 +80 +24\n", GOOD]),
  messages("leading_zeros", ["1 080 0024\n", GOOD]),
  messages("hex", ["1 0x50 0x18\n", GOOD]),
  messages("octal_prefix", ["1 0o50 0o17\n", GOOD]),
  messages("underscore", ["1 1_0 2_0\n", GOOD]),
  messages("float", ["1 80.0 24.0\n", GOOD]),
  messages("garbage_line", ["garbage\n", GOOD]),
  messages("garbage_no_newline_then_valid", ["xyz", GOOD]),
  messages("garbage_prefix_same_line", ["xyz1 80 24\n", GOOD]),
  messages("garbage_binary", [allBytes, `\n${GOOD}`]),
  messages("garbage_nul", ["\0\0\0\n", GOOD]),
  messages("json", ['{"Type":1,"Width":80,"Height":24}\n', GOOD]),
  messages("empty_lines", ["\n\n\n", GOOD]),
  messages("spaces_only", ["   \n", GOOD]),
  messages("leading_spaces", ["   1 80 24\n", GOOD]),
  messages("trailing_space", ["1 80 24 \n", GOOD]),
  messages("double_spaces", ["1  80   24\n", GOOD]),
  messages("tabs", ["1\t80\t24\n", GOOD]),
  messages("crlf", ["1 80 24\r\n", GOOD]),
  messages("cr_only", ["1 80 24\r", GOOD]),
  messages("no_newline", ["1 80 24"]),
  messages("no_newline_then_newline", ["1 80 24", 300, "\n"]),
  messages("no_newline_then_digit", ["1 80 2", 300, "4\n"]),
  messages("no_newline_then_next_message", ["1 80 24", 300, GOOD, "1 11 13\n"]),
  messages("split_every_byte", [..."1 80 24\n"]),
  messages("two_fields", ["1 80\n", GOOD]),
  messages("one_field", ["1\n", GOOD]),
  messages("two_fields_same_write", [`1 80\n${GOOD}`]),
  messages("four_fields", ["1 80 24 99\n", GOOD]),
  messages("four_fields_same_write", [`1 80 24 99\n${GOOD}`]),
  messages("six_fields", ["1 80 24 1 50 60\n", GOOD]),
  messages("comma", ["1,80,24\n", GOOD]),
  messages("semicolon_tail", ["1 80 24;\n", GOOD]),
  messages("newline_separated_fields", ["1\n80\n24\n", GOOD]),
  messages("type2", ["2 80 24\n", GOOD]),
  messages("type_negative", ["-1 80 24\n", GOOD]),
  messages("type_01", ["01 80 24\n", GOOD]),
  messages("many_one_write", [ascending(1, 100)]),
  messages("many_then_garbage_then_many", [
    `${ascending(1, 3)}??\n${ascending(4, 6)}`,
  ]),
  messages("unicode_digits", ["1 \uff18\uff10 \uff12\uff14\n", GOOD]),
  messages("utf8_bom", ["\ufeff1 80 24\n", GOOD]),
  messages("non_tty_resize", ["1 80 24\n", "garbage", "\n"], {
    terminal: false,
  }),
  ...[0, 1, 2, 3].map(randomStream),
  // One resize queued before the start: is it always applied?
  repeated(
    "ctl_race_before_console",
    { times: 25, fact: "applied", terminal: true },
    resizedBeforeConsole,
  ),
  // Messages after init is gone while output still drains: are they consumed?
  plain("ctl_after_init_exit", {
    init: "(sleep 1.2; echo late) & exit 0",
    runtime: { kill: { mode: "none" } },
  }, async (run) => {
    await run.untilFile("exitStatus");
    await run.observe(200);
    run.control("0 0 0\n");
    await run.waitUpTo(300, () => run.controlPending() === 0);
    return { bytes_left_in_control_fifo: run.controlPending() };
  }),
  // `control` is a regular file, at its end at once: does the shim spin?
  plain("ctl_regular_file", {
    init: "sleep 1.5; exit 0",
    stateFifos: ["exit"],
    before: (run) => Deno.writeTextFileSync(`${run.state}/control`, ""),
  }, async (run) => {
    await run.initPid();
    await run.observe(400);
    return { spins: await spins(run, 600) };
  }),
  plain("ctl_regular_file_with_message", {
    init: "cat; echo eof; exit 0",
    stateFifos: ["exit"],
    before: (run) => Deno.writeTextFileSync(`${run.state}/control`, "0 0 0\n"),
    withinMs: 3000,
  }),
];

/** Messages, good and bad, and noise against the model of upstream's reader. */
function randomStream(seed: number): Scenario {
  const options = {
    terminal: true,
    needs: ["strace"],
    deadlineMs: 120_000,
    allFacts: true,
  };
  return scenario(`ctl_fuzz_${seed}`, options, async (run) => {
    run.setup({ init: [run.helper, "winsize"], terminal: true });
    await run.start({ strace: "ioctl" });
    const init = await run.initPid();
    await run.untilOutput("SIZE");
    await run.observe(300);
    const pieces = fc.sample(controlStream, { seed, numRuns: 200 });
    const stream = joined([...pieces, new TextEncoder().encode(`\n\n${GOOD}`)]);
    for (let at = 0; at < stream.length; at += 2000) {
      run.control(stream.subarray(at, at + 2000));
      await run.waitUpTo(10_000, () => run.controlPending() === 0);
    }
    await run.waitUpTo(3000, () => run.hasOutput("SIZE 9 7"));
    await run.observe(300);
    run.sendSignal(9, init);
    await run.exitsWithin(10_000);
    assert.deepEqual(await run.winsizeIoctls(), sizesAskedBy(stream));
    return { agrees_with_model: true, first_difference: null };
  });
}

async function resizedBeforeConsole(run: Run): Promise<boolean> {
  run.setup({ init: [run.helper, "winsize"], terminal: true });
  run.control("1 100 50\n");
  await run.start();
  await run.untilOutput("SIZE");
  const applied = await run.waitUpTo(400, () => run.hasOutput("SIZE 50 100"));
  run.sendSignal(9, await run.initPid());
  await run.exitsWithin(10_000);
  return applied;
}
