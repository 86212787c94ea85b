import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { compileC } from "../robustness/c_programs.ts";
import { explanation, peakMemory } from "../support/explanation.ts";
import { Run } from "../support/harness.ts";
import { heldOpen, letGo } from "../support/held_open.ts";
import { Nuisance } from "../support/nuisance.ts";

// The shim looks for those who hold the output of an ended container open, and
// --inspect for more than that. However much there is to look at, they take
// little of it.

Deno.test("a command line of 4 GB is neither read by the shim nor by --inspect", async () => {
  await using run = new Run();
  const nuisance = compileC("nuisance", run.root, ["-static"]);
  const init = `${nuisance} command 4294967296`;
  await heldOpen(run, {}, init);
  await run.until(() => run.hasOutput("ready", "stderr"), "it is that large");
  const before = peakMemory(run.pid);
  await run.until(() => explanation(run) !== undefined, "the log explains");
  match(explanation(run)!, /held open by process \d+ \(nuisance\)/);
  ok(peakMemory(run.pid) - before < 32_000, `${before} ${peakMemory(run.pid)}`);

  const log = `${run.root}/inspect-strace`;
  const { success } = await new Deno.Command("strace", {
    args: ["-f", "-y", "-o", log, "-e", "read,pread64", run.shim]
      .concat("--inspect", run.state),
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
  ok(success);
  const pid = Number(Deno.readTextFileSync(`${run.root}/holder`));
  const lines = Deno.readTextFileSync(log).split("\n");
  const sizesOf = (file: string) =>
    lines.map((line) => line.match(`<${file}>, .* = (\\d+)$`))
      .filter((found) => found !== null)
      .map(([_, bytes]) => Number(bytes));
  const sum = (sizes: number[]) => sizes.reduce((a, b) => a + b, 0);
  // The beginning of the command line, for each time that it is named, and
  // what the kernel says of the process.
  const beginnings = sizesOf(`/proc/${pid}/cmdline`);
  ok(beginnings.length > 0 && beginnings.length < 10, lines.join("\n"));
  deepStrictEqual(new Set(beginnings), new Set([512]));
  ok(sum(sizesOf(`/proc/${pid}/.*`)) < 8_192);
  for (const size of sizesOf("/proc/\\d+/cmdline")) ok(size <= 512);
  await letGo(run);
});

Deno.test("where a process below the shim holds the output, nobody else is asked for it", async () => {
  await using run = new Run();
  run.setup({
    init: `sleep 1000 & echo $! >${run.root}/holder; exit 7`,
    process: { exec: true },
  });
  await run.start({ strace: "readlink,readlinkat" });
  await run.until(() => explanation(run) !== undefined, "the log explains");
  await letGo(run);
  const holder = Deno.readTextFileSync(`${run.root}/holder`).trim();
  const asked = (await run.straceLines()).filter(({ isShim }) => isShim)
    .map(({ text }) => /"\/proc\/(\d+)\/fd\//.exec(text)?.[1])
    .filter((pid) => pid !== undefined);
  deepStrictEqual([...new Set(asked)], [holder]);
});

Deno.test("160,000 descriptors elsewhere are looked at in small parts, and not for long", async () => {
  await using _crowd = await Nuisance.start("nuisance", "files", "40", "4000");
  await using run = new Run();
  run.setup({
    init: `read x <${run.gatePath}; exit 7`,
    process: { exec: true },
    runtime: { kill: { mode: "none" } },
  });
  await run.start({ strace: "ppoll,readlink" });
  // Nobody below the shim holds the output, so everybody is looked at.
  const init = await run.initPid();
  await run.untilRunning();
  const script = "echo up; exec sleep 1000";
  const holder = new Deno.Command("sh", {
    args: ["-c", `exec 3>&1 >/proc/${init}/fd/1; ${script}`],
  }).spawn();
  try {
    await run.untilOutput("up");
    const before = peakMemory(run.pid);
    await run.gate();
    await run.until(() => explanation(run) !== undefined, "the log explains");
    ok(
      peakMemory(run.pid) - before < 32_000,
      `${before} ${peakMemory(run.pid)}`,
    );
    ok(!run.exited);
  } finally {
    holder.kill("SIGKILL");
    await holder.status;
  }
  await run.untilExit();
  strictEqual(run.stateFile("exitStatus"), "7");
  const calls = (await run.straceLines()).filter(({ isShim }) => isShim)
    .map(({ text }) => text.startsWith("readlink("));
  let atOnce = 0, most = 0;
  for (const isLook of calls) {
    most = Math.max(most, atOnce = isLook ? atOnce + 1 : 0);
  }
  const all = calls.filter(Boolean).length;
  console.log(`${all} links read, ${most} between two turns`);
  ok(all > 100 && all < 100_000);
  ok(most < 2_000);
});
