import { ok, strictEqual } from "node:assert/strict";
import { Run } from "../support/harness.ts";
import { sha256 } from "../support/normalise.ts";
import { isBlockedInWrite } from "../support/processes.ts";

/** Writes bytes that show losses and swaps, and returns the file. */
function dataFile(run: Run, length: number): [path: string, bytes: Uint8Array] {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  }
  const path = `${run.root}/data`;
  Deno.writeFileSync(path, bytes);
  return [path, bytes];
}

function environment(run: Run, setting: string): Record<string, string> {
  return { ...run.baseEnv(), DOCKER_CONTAINERD_SHIM_SPOOL: setting };
}

Deno.test("with a spool a container ends though nobody reads 8 MiB of it, and they arrive", async () => {
  await using run = new Run();
  const [path, bytes] = dataFile(run, 8 << 20);
  run.setup({ init: `cat ${path}; exit 5` });
  run.pauseReader("stdout");
  await run.start({ env: environment(run, `${run.root}:64M`) });
  await run.untilFile("exitStatus");
  ok(!run.exited, "the shim stays with the output");
  run.resumeReader("stdout");
  await run.untilExit();
  strictEqual(sha256(run.output()), sha256(bytes));
});

Deno.test("a spool that is full stops the container, and nothing is lost", async () => {
  await using run = new Run();
  const [path, bytes] = dataFile(run, 8 << 20);
  run.setup({ init: `cat ${path}; exit 5` });
  run.pauseReader("stdout");
  await run.start({ env: environment(run, `${run.root}:1M`) });
  await run.until(
    () => run.descendants().some(({ pid }) => isBlockedInWrite(pid)),
    "the container waits for room in its pipe",
  );
  run.resumeReader("stdout");
  await run.untilExit();
  strictEqual(sha256(run.output()), sha256(bytes));
});

Deno.test("a spool keeps the output of a terminal too", async () => {
  await using run = new Run();
  const path = `${run.root}/data`;
  const text = Array.from({ length: 60_000 }, (_, i) => `line ${i}\n`).join("");
  Deno.writeTextFileSync(path, text);
  run.setup({ terminal: true, init: `stty -opost; cat ${path}; exit 5` });
  run.pauseReader("stdout");
  await run.start({ env: environment(run, `${run.root}:64M`) });
  await run.untilFile("exitStatus");
  run.resumeReader("stdout");
  await run.untilExit();
  strictEqual(new TextDecoder().decode(run.output()), text);
});

for (
  const [what, setting] of [
    ["no setting at all", "64M"],
    ["a directory that is not there", "/nonexistent/spool:1M"],
  ]
) {
  Deno.test(`a spool setting with ${what} is a warning, and the container runs`, async () => {
    await using run = new Run();
    const [path, bytes] = dataFile(run, 1 << 20);
    run.setup({ init: `cat ${path}; exit 5` });
    run.pauseReader("stdout");
    await run.start({ env: environment(run, setting) });
    await run.until(
      () => run.shimLog().some(({ level }) => level === "warn"),
      "the log has a warning",
    );
    run.resumeReader("stdout");
    await run.untilExit();
    strictEqual(sha256(run.output()), sha256(bytes));
    const warnings = run.shimLog().filter(({ msg }) => /spool|SPOOL/.test(msg));
    strictEqual(warnings.length, 1, JSON.stringify(run.shimLog()));
  });
}
