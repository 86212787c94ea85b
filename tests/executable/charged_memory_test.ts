import { ok, strictEqual } from "node:assert/strict";
import { compiled } from "../support/build.ts";
import { Run } from "../support/harness.ts";
import { KernelMemory } from "../support/kernel_memory.ts";
import { Rest } from "../support/rest.ts";

const WRITER = compiled("support/writer.c");

/** What a pipe holds by default. */
const PIPE = 65_536;
/** What else the kernel needs for a container that prints. */
const SLACK = PIPE;

/** Waits at the gate, and then prints `count` bytes on stdout and on stderr. */
function printer(run: Run, group: KernelMemory, count: number): string {
  return `echo $$ > ${group.members}; exec ${WRITER} both ${count} ` +
    run.gatePath;
}

// Skipped where there is no memory cgroup of version 1.
const ignore = !KernelMemory.available;

Deno.test(
  "at most a pipe for each stream is charged to a container of which much is unread",
  {
    ignore,
  },
  async () => {
    await using group = KernelMemory.create();
    await using run = new Run();
    run.setup({ init: `${printer(run, group, 8 << 20)}` });
    for (const stream of ["stdout", "stderr"]) run.pauseReader(stream);
    await run.start();
    const init = await run.initPid();
    await run.until(() => run.process(init)?.comm === "writer", "it waits");
    const before = group.usage;
    await run.gate();
    const rest = new Rest([run.pid, init]);
    const isFull = () =>
      run.waitingIn("stdout") >= PIPE && run.waitingIn("stderr") >= PIPE;
    await run.until(
      () => isFull() && rest.lasted() > 100,
      "all that is full is full",
    );
    const charged = group.usage - before;
    ok(charged <= 2 * PIPE + SLACK, `${charged} bytes are charged`);
    for (const stream of ["stdout", "stderr"]) run.resumeReader(stream);
    await run.untilExit();
    for (const stream of ["stdout", "stderr"]) {
      strictEqual(run.output(stream).length, 8 << 20);
    }
  },
);

Deno.test(
  "at most a pipe for each stream is charged to a container whose output is read all the time",
  {
    ignore,
  },
  async () => {
    await using group = KernelMemory.create();
    await using run = new Run();
    run.setup({ init: `${printer(run, group, 32 << 20)}` });
    await run.start();
    const init = await run.initPid();
    await run.until(() => run.process(init)?.comm === "writer", "it waits");
    group.forgetMost();
    const before = group.usage;
    await run.gate();
    await run.untilExit();
    const charged = group.most - before;
    ok(charged <= 2 * PIPE + SLACK, `${charged} bytes were charged`);
    strictEqual(run.output("stdout").length, 32 << 20);
    strictEqual(run.output("stderr").length, 32 << 20);
  },
);
