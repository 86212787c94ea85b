import { match, strictEqual } from "node:assert/strict";
import { compileC } from "../robustness/c_programs.ts";
import { explanation } from "../support/explanation.ts";
import { Run } from "../support/harness.ts";
import { heldOpen, letGo } from "../support/held_open.ts";
import { readOrNone } from "../support/look.ts";
import { hasFuse, Nuisance, silentFile } from "../support/nuisance.ts";
import { process } from "../support/processes.ts";

// The shim looks for those who hold the output of an ended container open, and
// --inspect for more than that. Open files of others may be on a file system
// that does not answer: whoever asks that hangs.

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
