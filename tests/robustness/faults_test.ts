import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { runCampaign } from "./fault_campaign.ts";
import { LIVES } from "./fault_lives.ts";
import { complaint, counts } from "./fault_table.ts";
import { fillBlocks, fillInodes, makeReadOnly, TINY } from "../support/disk.ts";
import { Run } from "../support/harness.ts";

Deno.test("a system call that fails is survived or reported", async () => {
  const broken: string[] = [];
  const { findings, seconds } = await runCampaign({
    lives: LIVES,
    isQuick: true,
    jobs: 3,
    progress: (finding) => {
      if (finding.verdict.outcome === "broken") broken.push(complaint(finding));
    },
  });
  const { missed, ...sum } = counts(findings);
  console.log(
    `${findings.length - missed} faults in ${seconds} s: ` +
      Object.entries(sum).map(([what, n]) => `${n} ${what}`).join(", "),
  );
  deepStrictEqual(broken, []);
});

/** A container on a tiny disk, which waits at its gate. */
async function onTinyDisk(
  change: (run: Run) => void,
  terminal = false,
): Promise<Run> {
  const run = new Run();
  try {
    run.tmpfs("state", TINY);
    run.setup({
      init: ["/bin/sh", "-c", "read x < $0; echo out; exit 42", run.gatePath],
      terminal,
    });
    await run.start();
    await run.untilCall("create", { ended: true });
    const init = await run.initPid();
    await run.until(
      () => run.children().some(({ pid }) => pid === init),
      "the init is the shim's child",
    );
    change(run);
    await run.gate();
    await run.untilExit();
    return run;
  } catch (error) {
    await run[Symbol.asyncDispose]();
    throw error;
  }
}

const FILLINGS: [string, (run: Run) => void][] = [
  ["blocks", (run) => fillBlocks(run.state)],
  ["inodes", (run) => fillInodes(run.state)],
  ["blocks and inodes", (run) => {
    fillInodes(run.state);
    fillBlocks(run.state);
  }],
];

for (const [what, fill] of FILLINGS) {
  for (const terminal of [false, true]) {
    const where = terminal ? "a terminal" : "pipes";
    Deno.test(`exit status on ${where} survives a disk without ${what}`, async () => {
      await using run = await onTinyDisk(fill, terminal);
      strictEqual(run.stateFile("exitStatus"), "42");
      strictEqual(run.shimResult(), 0);
      strictEqual(run.text("stdout").trim(), "out");
      deepStrictEqual(run.calls().map(({ cmd }) => cmd), [
        "create",
        "kill",
        "delete",
      ]);
    });
  }
}

Deno.test("a disk without blocks at the start: nothing is started unseen", async () => {
  await using run = new Run();
  run.tmpfs("state", TINY);
  run.setup({ init: "exit 42" });
  fillBlocks(run.state);
  await run.start();
  await run.untilExit();
  // Either it came through, or it said no.
  const status = run.stateFile("exitStatus");
  ok(status === "42" || !status, `exitStatus ${status}`);
  if (status !== "42") ok(run.shimResult() !== 0 || run.shimLog().length > 0);
  strictEqual(run.descendants().filter(({ comm }) => comm === "sh").length, 0);
});

const UNUSABLE: [what: string, spoil: (run: Run) => void, errno: string][] = [
  ["a disk without inodes", (run) => fillInodes(run.state), "ENOSPC"],
  ["a read-only state directory", (run) => makeReadOnly(run, "state"), "EROFS"],
];

for (const [what, spoil, errno] of UNUSABLE) {
  Deno.test(`${what} at the start: exit code 2, and stderr says why`, async () => {
    await using run = new Run();
    run.tmpfs("state", TINY);
    run.setup({ init: "exit 42" });
    spoil(run);
    await run.start();
    await run.untilExit();
    strictEqual(run.shimResult(), 2);
    ok(run.text("shim_stderr").includes(errno), run.text("shim_stderr"));
    strictEqual(run.calls().length, 0);
  });
}

Deno.test("a full TMPDIR: the console socket goes elsewhere, and goes away", async () => {
  await using run = new Run();
  run.tmpfs("tmp", TINY);
  run.setup({ init: "exit 42", terminal: true });
  fillInodes(run.tmp);
  await run.start();
  await run.untilExit();
  strictEqual(run.shimResult(), 0);
  strictEqual(run.stateFile("exitStatus"), "42");
  const { argv } = run.calls()[0];
  const socket = argv[argv.indexOf("--console-socket") + 1];
  ok(!socket.startsWith(run.tmp), socket);
  const directory = socket.slice(0, socket.lastIndexOf("/"));
  throws(() => Deno.lstatSync(directory), Deno.errors.NotFound);
});

Deno.test("a disk that fills up does not stop output to a full log file", async () => {
  await using run = new Run();
  run.tmpfs("io", TINY);
  run.setup({
    init: "head -c 300000 /dev/zero; echo heard >&2; exit 42",
    ioFifos: ["stdin", "stderr"],
    readers: ["exit", "control", "stderr"],
  });
  Deno.writeTextFileSync(`${run.io}/stdout`, "");
  await run.start();
  await run.untilExit();
  strictEqual(run.stateFile("exitStatus"), "42");
  strictEqual(run.text("stderr"), "heard\n");
  const lost = run.shimLog().filter(({ msg }) => msg.includes("ENOSPC"));
  strictEqual(lost.length, 1, JSON.stringify(run.shimLog()));
});
