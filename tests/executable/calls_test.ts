import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { Call } from "../support/calls.ts";
import { Run } from "../support/harness.ts";

Deno.test("a strange id reaches the runtime byte by byte", async () => {
  await using run = new Run();
  run.id = 'we ird/../\n"id';
  run.setup();
  await run.start();
  await run.untilExit();
  deepStrictEqual(run.calls().map(({ cmd, argv }) => [cmd, argv.at(-1)]), [
    ["create", run.id],
    ["kill", "SIGKILL"],
    ["delete", run.id],
  ]);
});

Deno.test("create runs in the bundle, kill and delete in the state directory", async () => {
  await using run = await Run.life();
  deepStrictEqual(run.calls().map(({ cwd }) => run.normalise(cwd)), [
    "$BUNDLE",
    "$STATE",
    "$STATE",
  ]);
});

Deno.test("a runtime without a slash is looked up in PATH", async () => {
  await using run = new Run();
  run.setup();
  const PATH = `/nonexistent:${run.runtimeDir}:/usr/bin:/bin`;
  await run.start({
    args: [run.id, run.bundle, "fakert"],
    addedEnv: { PATH },
  });
  await run.untilExit();
  deepStrictEqual(run.calls().map(({ argv }) => argv[0]), [
    "fakert",
    "fakert",
    "fakert",
  ]);
});

Deno.test("the environment is passed on as it is", async () => {
  await using run = new Run();
  run.setup();
  const bad = new Uint8Array([0x42, 0x3d, 0xff]);
  const env = ["ZZZ=1", "PATH=/usr/bin:/bin", "NOEQ", "A=x=y", "EMPTY=", bad];
  await run.start({ env: [...env, "NL=a\nb"] });
  await run.untilExit();
  for (const call of run.calls()) {
    deepStrictEqual(call.env, [
      "ZZZ=1",
      "PATH=/usr/bin:/bin",
      "NOEQ",
      "A=x=y",
      "EMPTY=",
      "B=\xff",
      "NL=a\nb",
    ], call.cmd);
  }
});

Deno.test("the runtime gets three pipes and nothing else", async () => {
  await using run = await Run.life({
    process: { rootUID: 1001, rootGID: 1002 },
  });
  const [create] = run.calls();
  deepStrictEqual(
    create.fds.map(({ fd, flags, mode, uid, gid }) =>
      [fd, flags, mode, uid, gid].join(" ")
    ),
    [
      "0 00 010600 1001 1002",
      "1 01 010600 1001 1002",
      "2 01 010600 1001 1002",
    ],
  );
  ok(create.fds.every(({ link }) => link.startsWith("pipe:")));
  strictEqual(new Set(create.fds.map(({ link }) => link)).size, 3);
});

Deno.test("kill and delete get /dev/null and have their output dropped", async () => {
  await using run = await Run.life({
    runtime: {
      kill: { stdout: "k\n", stderr: "k\n" },
      delete: { stdout: "d\n", stderr: "d\n" },
    },
  });
  for (const { cmd, fds } of run.calls().slice(1)) {
    deepStrictEqual(fds.map(({ fd }) => fd), [0, 1, 2], cmd);
    strictEqual(fds[0].link, "/dev/null");
    strictEqual(fds[1].link, fds[2].link);
  }
  strictEqual(run.text("stdout") + run.text("stderr"), "");
  strictEqual(run.text("shim_stdout") + run.text("shim_stderr"), "");
});

Deno.test("what the daemon has open does not reach the runtime", async () => {
  await using run = new Run();
  run.setup();
  const extraFds = { 3: "/etc/passwd", 5: "/etc/group", 77: "/etc/hostname" };
  await run.start({ extraFds });
  await run.untilExit();
  strictEqual(run.stateFile("exitStatus"), "0");
  for (const { cmd, fds } of run.calls()) {
    deepStrictEqual(fds.map(({ fd }) => fd), [0, 1, 2], cmd);
  }
});

Deno.test("the shim can be started without stdin, stdout and stderr", async () => {
  await using run = new Run();
  run.setup({ init: "echo hi; echo e >&2; cat; exit 4" });
  await run.start({ closeFds: [0, 1, 2] });
  run.control("0 0 0\n");
  await run.untilExit();
  strictEqual(run.stateFile("exitStatus"), "4");
  strictEqual(run.text("stdout"), "hi\n");
  strictEqual(run.text("stderr"), "e\n");
  deepStrictEqual(run.calls()[0].fds.map(({ fd }) => fd), [0, 1, 2]);
});

const NONE = "0000000000000000";

Deno.test("the runtime has every signal at its default and none blocked", async () => {
  await using run = await Run.life();
  for (const { cmd, status } of run.calls()) {
    strictEqual(status.SigIgn, NONE, `${cmd}: ignored`);
    strictEqual(status.SigBlk, NONE, `${cmd}: blocked`);
    strictEqual(status.SigCgt, NONE, `${cmd}: caught`);
  }
});

Deno.test("signals that the daemon ignores are at their default, blocked ones stay blocked", async () => {
  await using run = new Run();
  run.setup();
  await run.start({
    ignoreSignals: [1, 2, 3, 12, 13, 15],
    blockSignals: [10, 35],
  });
  await run.untilExit();
  for (const { cmd, status } of run.calls()) {
    strictEqual(status.SigIgn, NONE, `${cmd}: ignored`);
    strictEqual(status.SigBlk, "0000000400000200", `${cmd}: blocked`);
  }
});

for (const how of ["ignoreSignals", "blockSignals"] as const) {
  Deno.test(`SIGCHLD in ${how} at the start does not hide the container's end`, async () => {
    await using run = await Run.life({ init: "exit 6" }, { [how]: [17] });
    strictEqual(run.stateFile("exitStatus"), "6");
  });
}

Deno.test("limits, umask, nice value and OOM score are passed on", async () => {
  await using run = await Run.life({}, {
    rlimits: { nofile: [512, 4096], core: [0, 0] },
    umask: 0o027,
    nice: 5,
    oomScoreAdj: 300,
  });
  for (const call of run.calls()) {
    deepStrictEqual(call.limits[7], [512, 4096], `${call.cmd}: open files`);
    deepStrictEqual(call.limits[4], [0, 0], `${call.cmd}: core size`);
    strictEqual(call.status.Umask, "0027");
    strictEqual(call.nice, 5);
    strictEqual(call.oomScoreAdj.trim(), "300");
  }
  strictEqual(run.files()["exitStatus"].mode, "0640");
  strictEqual(run.files()["shim-log.json"].mode, "0640");
});

Deno.test("each call is the shim's child, in its group and session, and dies with it", async () => {
  await using run = await Run.life();
  const family = (call: Call) => ({
    ppid: call.ppid,
    pgid: call.pgid,
    sameSession: call.sid === call.shimSid,
    pdeathsig: call.pdeathsig,
    subreaper: call.subreaper,
  });
  for (const call of run.calls()) {
    deepStrictEqual(family(call), {
      ppid: run.pid,
      pgid: run.pid,
      sameSession: true,
      pdeathsig: 9,
      subreaper: 0,
    }, call.cmd);
  }
});
