import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { Run } from "./harness.ts";
import { linesOf } from "./lines.ts";
import { descendants, process } from "./processes.ts";

/** What this process holds, seen by the kernel. */
function holdings(): Record<string, unknown> {
  return {
    fds: [...Deno.readDirSync("/proc/self/fd")].length,
    children: descendants(Deno.pid).map(({ comm }) => comm),
  };
}

/** A program that stands in for a shim: it has two children and waits. */
const IDLE = ["-c", "sleep 1000 & (setsid sleep 1000 &) ; wait"];

/** On the way there, there are other shells. */
const isIdle = (run: Run) =>
  run.descendants().map(({ comm }) => comm).sort().join() === "sh,sleep,sleep";

async function startIdle(run: Run): Promise<void> {
  run.setup();
  await run.start({ executable: "/bin/sh", args: IDLE });
  await run.until(() => isIdle(run), "there are the shell and two sleeps");
}

Deno.test("Run leaves no process, descriptor or file behind", async () => {
  await (new Run())[Symbol.asyncDispose]();
  const before = holdings();
  let root: string;
  {
    await using run = new Run();
    root = run.root;
    await startIdle(run);
  }
  deepStrictEqual(holdings(), before);
  await rejects(Deno.stat(root), Deno.errors.NotFound);
});

Deno.test("Run cleans up after a test that fails", async () => {
  await (new Run())[Symbol.asyncDispose]();
  const before = holdings();
  await rejects(async () => {
    await using run = new Run();
    await startIdle(run);
    await run.until(() => false, "pigs fly", 50);
  }, /Waited 50 ms in vain until pigs fly; .*"still running"/s);
  deepStrictEqual(holdings(), before);
});

Deno.test("two runs at once do not see each other's processes", async () => {
  await using one = new Run();
  await using two = new Run();
  await Promise.all([startIdle(one), startIdle(two)]);
  const pids = (run: Run) => new Set(run.descendants().map(({ pid }) => pid));
  strictEqual(pids(one).intersection(pids(two)).size, 0);
});

Deno.test("a test process that is killed takes its runs' processes with it", async () => {
  const harness = new URL("./harness.ts", import.meta.url).href;
  const script = `
    import { Run } from ${JSON.stringify(harness)};
    const run = new Run();
    run.setup();
    const args = ${JSON.stringify(IDLE)};
    await run.start({ executable: "/bin/sh", args });
    const isIdle = ${isIdle};
    await run.until(() => isIdle(run), "there are the shell and two sleeps");
    const pids = run.descendants().map(({ pid }) => pid);
    console.log(JSON.stringify({ pids, root: run.root }));
    await run.observe(60000);
  `;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(file, script);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", file],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  let root: string | undefined;
  try {
    const reader = linesOf(child.stdout).getReader();
    const { value: line } = await reader.read();
    ok(line, "the script tells what it has started");
    const told = JSON.parse(line);
    root = told.root;
    strictEqual(told.pids.length, 3);
    child.kill("SIGKILL");
    await child.status;
    await reader.cancel();
    await using watch = new Run();
    await watch.until(
      () => told.pids.every((pid: number) => process(pid) === undefined),
      "its processes are gone",
    );
  } finally {
    await Deno.remove(file);
    if (root) await Deno.remove(root, { recursive: true });
  }
});

Deno.test("events carry the times of what happened, in order", async () => {
  await using run = new Run();
  run.setup();
  await run.start({ executable: "/bin/sh", args: ["-c", "echo a; exit 5"] });
  await run.untilExit();
  deepStrictEqual(run.exit, { kind: "code", code: 5 });
  strictEqual(run.text("shim_stdout"), "a\n");
  const started = run.when("started")!, ended = run.when("shim_exit")!;
  strictEqual(started, 0);
  ok(ended > 0 && ended <= run.when("eof", "shim_stdout")! + 1000);
});
