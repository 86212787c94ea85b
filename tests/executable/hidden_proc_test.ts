import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { explanation } from "../support/explanation.ts";
import { Run } from "../support/harness.ts";

// /proc shows a process only itself and its like (hidepid in proc(5)).

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
