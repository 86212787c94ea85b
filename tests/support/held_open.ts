import { ok, strictEqual } from "node:assert/strict";
import type { Run, SetupOptions } from "./harness.ts";

/** An exec has ended, and a process holds its output: the log says so. */
export async function heldOpen(
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
export async function letGo(run: Run): Promise<void> {
  ok(!run.exited);
  const holder = Number(Deno.readTextFileSync(`${run.root}/holder`));
  run.sendSignal(9, holder);
  await run.untilExit();
  strictEqual(run.stateFile("exitStatus"), "7");
  ok(run.eof("exit") !== undefined);
}
