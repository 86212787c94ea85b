import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { Run } from "../support/harness.ts";
import { sha256 } from "../support/normalise.ts";
import { isBlockedInWrite } from "../support/processes.ts";
import { Rest } from "../support/rest.ts";
import type { TracedCall } from "../support/strace.ts";

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

const spool = (setting: string) => ({
  addedEnv: { DOCKER_CONTAINERD_SHIM_SPOOL: setting },
});

Deno.test("with a spool a container ends though nobody reads 8 MiB of it, and they arrive", async () => {
  await using run = new Run();
  const [path, bytes] = dataFile(run, 8 << 20);
  run.setup({ init: `cat ${path}; exit 5` });
  run.pauseReader("stdout");
  await run.start(spool(`${run.root}:64M`));
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
  await run.start(spool(`${run.root}:1M`));
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
  await run.start(spool(`${run.root}:64M`));
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
    await run.start(spool(setting));
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

/**
 * The writes into a spool that came though the sink had just taken something:
 * without a wait in vain since then.
 */
function hasty(calls: readonly TracedCall[]): string[] {
  const found: string[] = [];
  let waited = true;
  for (const { isShim, text } of calls) {
    if (!isShim) continue;
    if (/^ppoll\(.* = 0 \(Timeout\)$/.test(text)) waited = true;
    else if (/^write\(.* = \d{4,}$/.test(text)) waited = false;
    else if (text.startsWith("pwrite64(") && !waited) found.push(text);
  }
  return found;
}

Deno.test("a spool is used only while the daemon takes nothing, and then read to its end", async () => {
  await using run = new Run();
  const size = 24 << 20;
  run.setup({ init: `dd if=/dev/zero bs=${size} count=1 2>/dev/null; exit 5` });
  run.pauseReader("stdout");
  await run.start({
    ...spool(`${run.root}:8M`),
    strace: "ppoll,write,pwrite64",
  });
  const rest = new Rest([run.pid]);
  await run.until(
    () =>
      rest.lasted() > 500 &&
      run.descendants().some(({ pid }) => isBlockedInWrite(pid)),
    "the spool is full too",
  );
  run.resumeReader("stdout");
  await run.untilExit();
  strictEqual(run.output().length, size);
  const calls = await run.straceLines();
  ok(calls.some(({ text }) => text.startsWith("pwrite64(")), "it is used");
  deepStrictEqual(hasty(calls), []);
});

for (const spooled of [true, false]) {
  const how = spooled ? "into a spool" : "past no spool";
  Deno.test(`an error of the container's pipe is named in the log, once, while it is read ${how}`, async () => {
    await using run = new Run();
    run.setup({
      init: "dd if=/dev/zero bs=8M 2>/dev/null; exit 5",
    });
    if (spooled) run.pauseReader("stdout");
    // By then it has started, and reads nothing but what the container prints.
    await run.start({
      ...(spooled ? spool(`${run.root}:512M`) : {}),
      inject: "read:error=ENOMEM:when=1500",
    });
    await run.until(() => run.shimLog().length > 0, "the log has something");
    if (spooled) run.resumeReader("stdout");
    await run.untilExit();
    ok(run.output().length > 0);
    const complaints = run.shimLog().filter(({ msg }) => /ENOMEM/.test(msg));
    strictEqual(complaints.length, 1, JSON.stringify(run.shimLog()));
    match(complaints[0].msg, /^Cannot read the container's stdout: ENOMEM/);
    strictEqual(run.stateFile("exitStatus"), "5");
  });
}
