import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { explanation } from "../support/explanation.ts";
import { Run } from "../support/harness.ts";

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
