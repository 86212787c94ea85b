import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { Run, type SetupOptions } from "../support/harness.ts";

// Somebody has put files into the state directory that are far too large.

const LARGE = 3 * 2 ** 30;

/** Without a byte on the disk. */
function enlarge(path: string): void {
  using file = Deno.openSync(path, { create: true, write: true, read: true });
  file.truncateSync(LARGE);
}

/** How many bytes a traced shim has read. */
async function bytesRead(run: Run): Promise<number> {
  return (await run.straceLines()).filter(({ isShim }) => isShim)
    .map(({ text }) =>
      Number(/^(?:read|pread64)\(.* = (\d+)$/.exec(text)?.[1] ?? 0)
    )
    .reduce((sum, bytes) => sum + bytes, 0);
}

/** More than the program itself and all else that a life takes. */
const MUCH = 64 * 2 ** 20;

async function life(
  setup: SetupOptions,
  prepare: (run: Run) => void = () => {},
): Promise<Run> {
  const run = new Run();
  try {
    run.setup({ init: "echo ran; exit 3", ...setup });
    prepare(run);
    await run.start({ strace: "read,pread64" });
    await run.untilExit();
    const bytes = await bytesRead(run);
    ok(bytes > 0 && bytes < MUCH, `${bytes}`);
    return run;
  } catch (error) {
    await run[Symbol.asyncDispose]();
    throw error;
  }
}

Deno.test("a process.json with 3 GB behind it is read to the end of its value", async () => {
  await using run = await life(
    {},
    (run) => enlarge(`${run.state}/process.json`),
  );
  strictEqual(run.stateFile("exitStatus"), "3");
});

for (const flags of ["modern", "legacy"] as const) {
  Deno.test(`a log.json of 3 GB is not read, ${flags} runtime`, async () => {
    await using run = await life(
      { terminal: true, runtime: { flags } },
      (run) => enlarge(`${run.state}/log.json`),
    );
    strictEqual(run.stateFile("exitStatus"), "3");
    ok(Deno.statSync(`${run.state}/log.json`).size >= LARGE);
  });
}

Deno.test("a pid file of 3 GB is an error that shows its beginning", async () => {
  await using run = await life({
    // Not the fake one's delete: that reads what is in the directory.
    wrap: `[ "$call" != create ] ||
  { yes 7 | tr -d '\\n' | head -c 100; truncate -s 3G /dev/stdout; } >"$pidfile"
exit 0`,
  });
  deepStrictEqual(run.exit, { kind: "code", code: 1 });
  match(run.shimLog().at(-1)!.msg, /no process id.*found "7{64}…"/);
});
