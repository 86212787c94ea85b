import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { Run } from "../support/harness.ts";
import { hasty } from "../support/hasty.ts";
import { close } from "../support/posix.ts";
import { connect } from "../support/sockets.ts";
import { wrapRuntime } from "../support/wrapper.ts";

function explanation(run: Run): string | undefined {
  return run.shimLog().map(({ msg }) => msg)
    .find((msg) => msg.startsWith("The container has ended, but"));
}

// ---- a frozen container ------------------------------------------------------

/** A cgroup of the freezer of version 1; undefined where there is none. */
function makeFreezer(): string | undefined {
  const path = `/sys/fs/cgroup/freezer/shim-test-${crypto.randomUUID()}`;
  try {
    Deno.mkdirSync(path);
    Deno.statSync(`${path}/freezer.state`);
    return path;
  } catch {
    return undefined;
  }
}

const probe = makeFreezer();
if (probe !== undefined) Deno.removeSync(probe);

for (const terminal of [false, true]) {
  const what = terminal ? "the terminal" : "stdout";
  Deno.test(
    `a container whose frozen process holds ${what} is waited for at no cost, and ends when it thaws`,
    {
      ignore: probe === undefined,
    },
    async () => {
      const freezer = makeFreezer()!;
      try {
        await using run = new Run();
        // SIGKILL of the runtime's kill has no effect on what is frozen.
        run.setup({
          terminal,
          init: `trap "" HUP
sh -c 'echo $$ >${freezer}/cgroup.procs; exec sleep 1000' &
echo $! >${run.root}/frozen
until grep -q . ${freezer}/cgroup.procs; do :; done
echo FROZEN >${freezer}/freezer.state; exit 3`,
        });
        await run.start();
        try {
          await run.until(() => explanation(run) !== undefined, "it is told");
          strictEqual(run.stateFile("exitStatus"), "3");
          const frozen = Deno.readTextFileSync(`${run.root}/frozen`).trim();
          match(
            explanation(run)!,
            new RegExp(`held open by process ${frozen} `),
          );
          const before = run.cpuTicks();
          await run.observe(1_000);
          ok(run.cpuTicks() - before < 10, "it is idle");
          ok(!run.exited);
        } finally {
          Deno.writeTextFileSync(`${freezer}/freezer.state`, "THAWED");
        }
        await run.untilExit();
        ok(run.eof("exit") !== undefined);
        deepStrictEqual(run.exit, { kind: "code", code: 0 });
      } finally {
        Deno.removeSync(freezer);
      }
    },
  );
}

// ---- a silent connection -----------------------------------------------------

Deno.test("a connection to the console socket that says nothing keeps the shim no longer than its limit", async () => {
  await using run = new Run({ shim: await hasty() });
  run.setup({ terminal: true, init: "sleep 1000" });
  const go = `${run.runtimeDir}/go`;
  run.makeFifo(go);
  wrapRuntime(
    run,
    `[ "$call" != create ] || {
  for word; do case $word in (*/pty.sock) printf %s "$word" >"$d/socket";; esac; done
  read x <"$d/go"
  printf %s $$ >"$pidfile"; exit 0
}`,
  );
  await run.start();
  const socket = () => {
    try {
      return Deno.readTextFileSync(`${run.runtimeDir}/socket`);
    } catch {
      return "";
    }
  };
  await run.until(() => socket() !== "", "create is called");
  const silent = connect(socket());
  try {
    await run.feedFifo(go, "\n");
    await run.untilExit();
    deepStrictEqual(run.exit, { kind: "code", code: 1 });
    match(run.shimLog().at(-1)!.msg, /handed over no terminal/);
    deepStrictEqual([...Deno.readDirSync(run.tmp)], []);
    ok(run.eof("exit") !== undefined);
  } finally {
    close(silent);
  }
});

// ---- children that are killed ------------------------------------------------

Deno.test("whatever waits for the daemon is killed again and again: the shim gives up in its time", async () => {
  await using run = new Run({ shim: await hasty() });
  run.setup({ readers: ["exit", "control", "stderr"] });
  await run.start();
  let killed = 0;
  await run.until(() => {
    for (const { pid, state } of run.exited ? [] : run.children()) {
      if (state === "Z") continue;
      run.sendSignal(9, pid);
      killed++;
    }
    return run.exited;
  }, "it gives up");
  ok(killed > 1, `${killed}`);
  deepStrictEqual(run.exit, { kind: "code", code: 1 });
  match(run.shimLog().at(-1)!.msg, /stdout.*nobody opened it/);
});

// ---- a /proc that hides ------------------------------------------------------

const HIDING: [name: string, before: string, told: RegExp][] = [
  ["root", "", /held open by process \d+ \(sleep\)/],
  [
    "root without CAP_SYS_PTRACE",
    "setpriv --bounding-set -sys_ptrace --inh-caps -sys_ptrace",
    /held open by (a process that was not found|process \d+ \(sleep\))/,
  ],
];
for (const [name, before, told] of HIDING) {
  Deno.test(`/proc with hidepid, ${name}: a container lives and ends as elsewhere`, async () => {
    await using run = new Run();
    const other = "setpriv --reuid 65534 --regid 65534 --clear-groups";
    run.setup({
      init: `trap "" HUP; ${other} sleep 1000 & echo $! >${run.root}/holder
echo ran; exit 3`,
      runtime: { kill: { mode: "none" } },
    });
    const script = "mount -t proc -o hidepid=2 proc /proc && exec " +
      `${before} "$0" "$@"`;
    await run.start({
      executable: "/usr/bin/unshare",
      argv0: "unshare",
      args: [
        ...["-m", "sh", "-c", script],
        ...[run.shim, run.id, run.bundle, run.runtime],
      ],
    });
    await run.until(() => explanation(run) !== undefined, "it is told");
    match(explanation(run)!, told);
    strictEqual(run.stateFile("exitStatus"), "3");
    const holder = Deno.readTextFileSync(`${run.root}/holder`);
    run.sendSignal(9, Number(holder));
    await run.untilExit();
    strictEqual(run.text(), "ran\n");
    deepStrictEqual(run.exit, { kind: "code", code: 0 });
  });
}
