import assert from "node:assert/strict";
import { defaultShim } from "../support/build.ts";
import { Run, type SetupOptions } from "../support/harness.ts";
import { Container } from "../support/runc.ts";
import { inspect, output } from "./inspect.ts";

async function started(setup: SetupOptions): Promise<Run> {
  const run = new Run();
  run.setup(setup);
  await run.start();
  return run;
}

/** Everything that looking could have changed. */
function traces(run: Run) {
  const state = [...Deno.readDirSync(run.state)].map(({ name }) => {
    const { mtime, ctime, size } = Deno.lstatSync(`${run.state}/${name}`);
    return { name, mtime: +mtime!, ctime: +ctime!, size };
  });
  return {
    state,
    fds: run.shimFds(),
    exited: run.exited,
    log: run.shimLog(),
    processes: run.descendants().map(({ pid }) => pid),
  };
}

for (const terminal of [false, true]) {
  const what = terminal ? "a terminal" : "pipes";
  Deno.test(`--inspect of a container that runs with ${what}`, async () => {
    await using run = await started({ terminal, init: "exec sleep 1000" });
    await run.untilRunning();
    await run.until(
      () => run.descendants().some(({ comm }) => comm === "sleep"),
      "it sleeps",
    );
    const before = traces(run);
    const { code, text, json } = await inspect(run.state);
    assert.deepEqual(traces(run), before);

    assert.equal(code, 0);
    assert.deepEqual(json.step, { kind: "running" });
    assert.equal(json.shim?.pid, run.pid);
    assert.equal(json.shim?.id, run.id);
    assert.equal(json.shim?.bundle, run.bundle);
    assert.equal(json.shim?.runtime, run.runtime);
    assert.equal(json.container?.pid, await run.initPid());
    assert.ok(Math.abs(json.shim!.since! - Date.now()) < 60_000);
    assert.ok(json.transfers!.read > 0);
    const holding = (name: string) =>
      [
        ...json.channels.filter((channel) => channel.name === name),
        ...json.links.filter((link) => link.name === name),
      ].flatMap(({ holders }) => holders.map(({ pid }) => pid));
    assert.deepEqual(holding("exit").sort(), [Deno.pid, run.pid].sort());
    const link = terminal ? "terminal" : "stderr";
    assert.ok(holding(link).includes(json.container!.pid), text);
    assert.deepEqual(
      json.links.map(({ name }) => name),
      terminal ? ["terminal"] : ["stdin", "stdout", "stderr"],
    );
  });
}

for (const terminal of [false, true]) {
  const what = terminal ? "terminal" : "pipes";
  Deno.test(`--inspect of a container of runc with ${what}, before and after its start`, async () => {
    await using container = new Container({
      args: ["sleep", "1000"],
      terminal,
    });
    const { run } = container;
    await container.create();
    await run.until(
      () => run.children().every(({ pid }) => pid === container.pid()),
      "runc has ended",
    );
    const created = await inspect(run.state);
    assert.equal(created.json.step.kind, "created", created.text);
    await container.start();
    const init = container.pid();
    await run.until(
      () => run.process(init)?.comm === "sleep",
      "the container runs its program",
    );
    const { code, json, text } = await inspect(run.state);
    assert.equal(code, 0);
    assert.equal(json.step.kind, "running");
    const names = terminal ? ["terminal"] : ["stdin", "stdout", "stderr"];
    assert.deepEqual(json.links.map(({ name }) => name), names);
    for (const { holders } of json.links) {
      assert.deepEqual(holders.map(({ pid }) => pid), [run.pid, init], text);
    }
  });
}

Deno.test("--inspect of a container whose init is not the shim's child yet", async () => {
  await using run = await started({
    wrap: `[ "$call" != create ] || {
      setsid sh -c 'sleep 1000 & printf %s $! >"$0.new"; mv "$0.new" "$0"; wait' \\
        "$pidfile" &
      until [ -s "$pidfile" ]; do :; done
      exit 0
    }`,
  });
  await run.untilFile("pid");
  const init = Number(run.stateFile("pid"));
  const between = run.process(init)!.ppid;
  await run.until(
    () => run.children().map(({ pid }) => pid).join() === String(between),
    "create has ended",
  );
  const { code, json, text } = await inspect(run.state);
  assert.equal(code, 0);
  assert.equal(json.step.kind, "running", text);
  assert.equal(json.container?.pid, init);
  assert.match(
    json.remarks.join(),
    new RegExp(`not the shim's child yet, but that of process ${between} `),
  );
  run.sendSignal(9, between);
  run.sendSignal(9, init);
  await run.untilExit();
  assert.equal(run.stateFile("exitStatus"), "137");
});

Deno.test("--inspect of a shim whose runtime hangs in create", async () => {
  await using run = await started({
    init: "sleep 1000",
    runtime: { create: { delayMs: 600_000 } },
  });
  const call = await run.untilCall("create");
  const { code, json } = await inspect(run.state);
  assert.equal(code, 0);
  assert.deepEqual(json.step, {
    kind: "calling-runtime",
    action: "create",
    pid: call.pid,
  });
  assert.match(json.words, /runtime's create/);
  assert.deepEqual(json.children.map(({ pid }) => pid), [call.pid]);
});

for (const terminal of [false, true]) {
  const what = terminal ? "the terminal" : "stdout and stderr";
  Deno.test(`--inspect names who holds ${what} of an ended container`, async () => {
    await using run = await started({
      terminal,
      init: 'trap "" HUP; sleep 1000 & exit 3',
      runtime: { kill: { mode: "none" } },
    });
    await run.until(() => run.shimLog().length > 0, "the shim waits");
    const holder = run.children().find(({ comm }) => comm === "sleep")!;
    const { code, json } = await inspect(run.state);
    assert.equal(code, 0);
    assert.equal(json.step.kind, "draining");
    assert.equal(
      json.words,
      "The container has ended (exit status 3). The shim waits because " +
        `process ${holder.pid} (sleep 1000) holds ${what} open.`,
    );
    assert.equal(json.container, undefined);
    run.sendSignal(9, holder.pid);
    await run.untilExit();
  });
}

Deno.test("--inspect of a shim whose daemon does not read", async () => {
  await using run = new Run();
  run.setup({ init: "head -c 100000 /dev/zero; exit 3" });
  run.pauseReader("stdout");
  await run.start();
  await run.until(() => run.shimLog().length > 0, "the shim waits");
  const { code, json } = await inspect(run.state);
  assert.equal(code, 0);
  assert.equal(json.step.kind, "undelivered");
  assert.match(
    json.words,
    new RegExp(`process ${Deno.pid} \\(.*stdout.* read`),
  );
  // Nothing has been read, or let go, by looking at it.
  run.resumeReader("stdout");
  await run.untilExit();
  assert.equal(run.output().length, 100_000);
});

Deno.test("--inspect tells that a container stands still for its daemon", async () => {
  await using run = new Run();
  run.setup({ init: "exec head -c 20000000 /dev/zero" });
  run.pauseReader("stdout");
  await run.start();
  const init = await run.initPid();
  await run.until(
    () => /pipe_write/.test(Deno.readTextFileSync(`/proc/${init}/wchan`)),
    "the container waits for its pipe",
  );
  const { json } = await inspect(run.state);
  assert.equal(json.step.kind, "running");
  assert.match(
    json.remarks.join(),
    new RegExp(`Process ${init} .*stands still`),
  );
});

Deno.test("--inspect of a shim that waits for a reader of exit, then of stderr", async () => {
  await using run = await started({ readers: ["control"] });
  const isOpen = (name: string) =>
    run.shimFds().some(({ link }) => link.endsWith(`/${name}`));
  await run.until(() => isOpen("shim-log.json"), "the shim has begun");
  const first = await inspect(run.state);
  assert.deepEqual(first.json.step, {
    kind: "waiting-for-reader",
    channel: "exit",
  });
  // Looking has not opened it.
  assert.equal(isOpen("exit"), false);
  run.openReaders(["exit", "stdout"]);
  await run.until(() => isOpen("stdout"), "the shim has opened stdout");
  const second = await inspect(run.state);
  assert.deepEqual(second.json.step, {
    kind: "waiting-for-reader",
    channel: "stderr",
  });
  assert.equal(second.code, 0);
  run.openReaders(["stderr"]);
  await run.untilExit();
});

Deno.test("--inspect of a stopped shim says that it does nothing", async () => {
  await using run = await started({ init: "sleep 1000" });
  await run.untilRunning();
  run.sendSignal(19);
  await run.until(() => run.process(run.pid)?.state === "T", "it is stopped");
  const { json } = await inspect(run.state);
  run.sendSignal(18);
  assert.match(json.remarks.join(), /does nothing: it is stopped/);
});

Deno.test("--inspect of a shim that has been killed", async () => {
  await using run = await started({ init: "sleep 1000" });
  await run.untilRunning();
  run.sendSignal(9);
  await run.untilExit();
  const init = await run.initPid();
  const { code, json } = await inspect(run.state);
  assert.equal(code, 1);
  assert.deepEqual(json.step, { kind: "died" });
  assert.equal(json.shim, undefined);
  assert.equal(json.container?.pid, init);
  run.sendSignal(9, init);
});

Deno.test("--inspect of a container that has ended as it should", async () => {
  await using run = await Run.life({ init: "exit 7" });
  const { code, json, text } = await inspect(run.state);
  assert.equal(code, 0);
  assert.deepEqual(json.step, { kind: "ended" });
  assert.match(json.words, /exit status 7/);
  assert.match(text, /^shim {2,}none$/m);
});

Deno.test("--inspect gives the runtime's reason for a start that failed", async () => {
  await using run = await Run.life({
    runtime: { create: { failBefore: 1 } },
  });
  Deno.writeTextFileSync(
    `${run.state}/log.json`,
    '{"level":"error","msg":"exec: \\u001b[31mnope","time":"now"}\n',
  );
  const { code, json, text } = await inspect(run.state);
  assert.equal(code, 1);
  assert.deepEqual(json.step, {
    kind: "refused",
    reason: "exec: \x1b[31mnope",
  });
  assert.ok(!text.includes("\x1b"), "no control characters reach a terminal");
});

Deno.test("--inspect gives the shim's own reason", async () => {
  await using run = await Run.life({ processJson: "{" });
  const { code, json } = await inspect(run.state);
  assert.equal(code, 1);
  assert.equal(json.step.kind, "failed");
  assert.match(json.words, /process\.json: line 1/);
});

Deno.test("--inspect gives the first reason of many, as the daemon does", async () => {
  const errors = [1, 2, 3, 4, 5, 6, 7].map((number) =>
    `{"level":"error","msg":"error ${number}"}\n`
  ).join("");
  await using run = await Run.life({ runtime: { create: { failBefore: 1 } } });
  Deno.writeTextFileSync(`${run.state}/log.json`, errors);
  const refused = await inspect(run.state);
  assert.deepEqual(refused.json.step, { kind: "refused", reason: "error 1" });
  // Of each log the last entries are shown, whatever the reason is.
  assert.match(refused.text, /^ {2}error {2}error 3$/m);
  assert.doesNotMatch(refused.text, /^ {2}error {2}error 2$/m);
  Deno.writeTextFileSync(`${run.state}/shim-log.json`, errors);
  const failed = await inspect(run.state);
  assert.deepEqual(failed.json.step, { kind: "failed", reason: "error 1" });
});

Deno.test("--inspect of a directory that no shim has seen", async () => {
  await using run = new Run();
  run.setup();
  const { code, json } = await inspect(run.state);
  assert.equal(code, 1);
  assert.equal(json.step.kind, "never-started");
});

Deno.test("--inspect finds a shim whose directory has been removed", async () => {
  await using run = await started({ init: "sleep 1000" });
  await run.untilRunning();
  Deno.removeSync(run.state, { recursive: true });
  const { code, json } = await inspect(run.state);
  assert.equal(code, 0);
  assert.equal(json.directoryIs, "removed");
  assert.equal(json.shim?.pid, run.pid);
  assert.equal(json.step.kind, "running");
  Deno.mkdirSync(run.state);
});

Deno.test("--inspect goes through symbolic links and relative names", async () => {
  await using run = await started({ init: "sleep 1000" });
  await run.untilRunning();
  Deno.symlinkSync(run.root, `${run.root}/link`);
  const { json } = await inspect(`${run.root}/link/./io/../state/`);
  assert.equal(json.shim?.pid, run.pid);
  assert.equal(json.directory, run.state);
});

Deno.test("--inspect of a directory whose name is not UTF-8, though part of it is", async () => {
  await using run = new Run();
  run.setup({ init: "exec sleep 1000" });
  const script =
    'mkdir é && name=$(printf "é/m\\374l") && mv state "$name" && ' +
    'ln -s "$name" state';
  await output("sh", ["-c", script], run.root);
  await run.start();
  await run.untilRunning();
  const answers = [
    await inspect(run.state),
    await inspect(".", run.state),
    await inspect("state/", run.root),
  ];
  for (const { code, json, text } of answers) {
    assert.equal(code, 0, text);
    // The whole name byte by byte, as Python has it.
    assert.equal(json.directory, `${run.root}/\udcc3\udca9/m\udcfcl`);
    assert.equal(json.shim?.pid, run.pid);
    assert.equal(json.step.kind, "running");
    assert.equal(json.container?.pid, await run.initPid());
    assert.deepEqual(
      json.channels.map(({ type }) => type),
      ["FIFO", "FIFO", "FIFO", "FIFO", "FIFO"],
    );
    assert.deepEqual(
      json.channels[0].holders.map(({ pid }) => pid).sort(),
      [Deno.pid, run.pid].sort(),
    );
    assert.equal(json.shimLog.kind, "entries");
  }
  run.sendSignal(9, await run.initPid());
  await run.untilExit();
  const { code, json } = await inspect(".", run.state);
  assert.equal(code, 0);
  assert.equal(json.exitStatus, "137");
  assert.equal(json.step.kind, "ended");
});

Deno.test("--inspect opens no FIFO, writes to no file and signals nobody", async () => {
  await using run = await started({ init: "sleep 1000" });
  await run.untilRunning();
  const log = `${run.root}/inspect-strace`;
  const calls = "open,openat,openat2,creat,kill,tkill,tgkill,ptrace," +
    "rt_sigqueueinfo,pidfd_send_signal,pidfd_getfd,process_vm_readv,unlink," +
    "unlinkat,mkdir,mkdirat,mknod,mknodat,rename,renameat,renameat2,truncate," +
    "chmod,fchmodat,chown,fchownat,utimensat";
  const trace = ["-f", "-o", log, "-e", `trace=${calls}`];
  await output("strace", [...trace, defaultShim(), "--inspect", run.state]);
  const lines = Deno.readTextFileSync(log).split("\n")
    .filter((line) => /^\d+ +\w+\(/.test(line));
  const opened = lines.filter((line) => line.includes(run.root));
  assert.ok(opened.length > 0);
  for (const line of lines) {
    assert.match(line, /^\d+ +open(at)?\(.*O_RDONLY/);
    assert.doesNotMatch(line, /"[^"]*\/(exit|control|stdin|stdout|stderr)"/);
    // Links of open files are read, never opened.
    assert.doesNotMatch(line, /"\/proc\/\d+\/fd\/\d+"/);
  }
});

Deno.test("--inspect opens nothing but regular files", async () => {
  await using run = new Run();
  run.setup();
  for (const name of ["pid", "exitStatus", "shim-log.json", "log.json"]) {
    run.makeFifo(`${run.state}/${name}`);
  }
  Deno.removeSync(`${run.state}/process.json`);
  Deno.symlinkSync("/etc/passwd", `${run.state}/process.json`);
  const { code, json } = await inspect(run.state);
  assert.equal(code, 1);
  assert.deepEqual(json.shimLog, {
    kind: "unreadable",
    reason: `"${run.state}/shim-log.json" is not a regular file`,
  });
  assert.match(json.remarks.join(), /process\.json" is not a regular file/);
});

Deno.test("--inspect of a process.json that names what can be no path", async () => {
  await using run = new Run();
  run.setup({ process: { containerdStdin: "/a\0b" } });
  const { code, json } = await inspect(run.state);
  assert.equal(code, 1);
  assert.equal(json.step.kind, "never-started");
  assert.equal(
    json.channels.find(({ name }) => name === "stdin")?.type,
    "missing",
  );
});

Deno.test("--inspect hints at the directory below, and at a wrong name", async () => {
  await using run = new Run();
  run.setup();
  Deno.renameSync(run.state, `${run.root}/init`);
  const above = await inspect(run.root);
  assert.equal(above.code, 1);
  assert.equal(above.json.step.kind, "not-a-state-directory");
  assert.match(above.json.words, new RegExp(`"${run.root}/init"`));
  const file = await inspect(`${run.bundle}/config.json`);
  assert.equal(file.json.step.kind, "no-directory");
  const none = await inspect(`${run.root}/none`);
  assert.equal(none.code, 1);
  assert.equal(none.json.step.kind, "no-directory");
});

Deno.test("--inspect as another user says that it takes root", async () => {
  await using run = await started({ init: "sleep 1000" });
  await run.untilRunning();
  const nobody = ["--reuid=65534", "--regid=65534", "--clear-groups"];
  const ask = () =>
    output("setpriv", [...nobody, defaultShim(), "--inspect", run.state]);
  const closed = await ask();
  assert.equal(closed.code, 1);
  assert.match(closed.text, /may not be read by this user: try again as root/);
  Deno.chmodSync(run.root, 0o755);
  const open = await ask();
  assert.equal(open.code, 1);
  assert.match(open.text, /^No shim was seen, but .* try again as root/);
});
