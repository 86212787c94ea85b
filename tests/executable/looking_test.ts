import { match, ok, strictEqual } from "node:assert/strict";
import { compileC } from "../robustness/c_programs.ts";
import { Run, type SetupOptions } from "../support/harness.ts";
import { readOrNone } from "../support/look.ts";
import { hasFuse, Nuisance, silentFile } from "../support/nuisance.ts";
import { process } from "../support/processes.ts";

// The shim looks for those who hold the output of an ended container open, and
// --inspect for more than that. What strangers do must be no matter to them.

/** An exec has ended, and a process holds its output: the log says so. */
async function heldOpen(
  run: Run,
  setup: SetupOptions,
  holder: string,
): Promise<void> {
  run.setup({
    init: `trap "" HUP; ${holder} & echo $! >${run.root}/holder; exit 7`,
    process: { exec: true },
    ...setup,
  });
  await run.start();
  await run.untilFile("exitStatus");
}

/** The exit event follows the end of the one who holds the output. */
async function letGo(run: Run): Promise<void> {
  ok(!run.exited);
  const holder = Number(Deno.readTextFileSync(`${run.root}/holder`));
  run.sendSignal(9, holder);
  await run.untilExit();
  strictEqual(run.stateFile("exitStatus"), "7");
  ok(run.eof("exit") !== undefined);
}

function explanation(run: Run): string | undefined {
  return run.shimLog().map(({ msg }) => msg)
    .find((msg) => msg.startsWith("The container has ended, but"));
}

async function inspect(run: Run): Promise<string> {
  const command = new Deno.Command(run.shim, {
    args: ["--inspect", run.state],
    stdin: "null",
    signal: AbortSignal.timeout(20_000),
  });
  const { code, stdout } = await command.output();
  strictEqual(code, 0);
  return new TextDecoder().decode(stdout);
}

// ---- a file system that does not answer --------------------------------------

const FUSE = { ignore: !hasFuse() };

Deno.test(
  "the silent file system of the tests stops whoever asks it",
  FUSE,
  async () => {
    await using fuse = await Nuisance.start("silent_fuse");
    const look = new Deno.Command("stat", {
      args: ["-L", silentFile(fuse)],
      stdout: "null",
      stderr: "null",
    }).spawn();
    await fuse.untilSaid(/^asked/m);
    look.kill("SIGKILL");
    // It may still be on its way there.
    while (process(look.pid)?.state === "R") {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    strictEqual(process(look.pid)?.state, "D");
    await fuse.end();
    strictEqual((await look.status).success, false);
  },
);

for (const terminal of [false, true]) {
  const what = terminal ? "with a terminal" : "without a terminal";
  Deno.test(
    `files of a stranger on a file system that does not answer are not asked, ${what}`,
    FUSE,
    async () => {
      await using fuse = await Nuisance.start("silent_fuse");
      await using run = new Run();
      await heldOpen(run, { terminal }, "sleep 1000");
      match(await inspect(run), /sleep 1000/);
      await run.until(() => explanation(run) !== undefined, "the log explains");
      match(explanation(run)!, /held open by process \d+ \(sleep\)/);
      await letGo(run);
      strictEqual((await fuse.end()).includes("asked"), false, fuse.said);
    },
  );

  Deno.test(
    `files of the container on a file system that does not answer are not asked, ${what}`,
    FUSE,
    async () => {
      await using run = new Run();
      const fuse = compileC("silent_fuse", run.root, ["-static"]);
      const said = `${run.root}/said`;
      await heldOpen(run, { terminal }, `${fuse} 3>&1 >${said}`);
      await run.until(
        () => /ready/.test(readOrNone(said) ?? ""),
        "it is silent",
      );
      await inspect(run);
      await run.until(() => explanation(run) !== undefined, "the log explains");
      match(explanation(run)!, /held open by process \d+ \(silent_fuse\)/);
      await letGo(run);
      strictEqual((readOrNone(said) ?? "").includes("asked"), false);
    },
  );
}

// ---- much to look at ---------------------------------------------------------

/** The most memory that a process has had, in KiB. */
function peak(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/^VmHWM:\s*(\d+)/m.exec(status)![1]);
}

Deno.test("a command line of 4 GB is neither read by the shim nor by --inspect", async () => {
  await using run = new Run();
  const nuisance = compileC("nuisance", run.root, ["-static"]);
  const init = `${nuisance} command 4294967296`;
  await heldOpen(run, {}, init);
  await run.until(() => run.hasOutput("ready", "stderr"), "it is that large");
  const before = peak(run.pid);
  await run.until(() => explanation(run) !== undefined, "the log explains");
  match(explanation(run)!, /held open by process \d+ \(nuisance\)/);
  ok(peak(run.pid) - before < 32_000, `${before} ${peak(run.pid)}`);

  const log = `${run.root}/inspect-strace`;
  const { success } = await new Deno.Command("strace", {
    args: ["-f", "-o", log, "-e", "read,pread64", run.shim, "--inspect"]
      .concat(run.state),
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
  ok(success);
  const sizes = [...Deno.readTextFileSync(log).matchAll(/= (\d+)$/gm)]
    .map(([_, bytes]) => Number(bytes));
  ok(sizes.length > 100);
  ok(sizes.reduce((sum, size) => sum + size, 0) < 64 << 20);
  await letGo(run);
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
    const before = peak(run.pid);
    await run.gate();
    await run.until(() => explanation(run) !== undefined, "the log explains");
    ok(peak(run.pid) - before < 32_000, `${before} ${peak(run.pid)}`);
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
