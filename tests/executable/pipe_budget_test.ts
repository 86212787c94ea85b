import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { open } from "../../ffi/fd.ts";
import { Run } from "../support/harness.ts";
import { openFds } from "../support/processes.ts";
import { capacity } from "../support/streams.ts";

/** What a pipe holds by default, in bytes. */
const DEFAULT = 65_536;
const OUTPUTS = ["stdout", "stderr"] as const;

/** What each pipe or FIFO that the shim has open can hold, by its name. */
function capacities(run: Run): Map<string, number> {
  const found = new Map<string, number>();
  for (const { fd, link } of openFds(run.pid)) {
    const path = `/proc/${run.pid}/fd/${fd}`;
    const { isFifo } = Deno.statSync(path);
    if (!isFifo) continue;
    using end = open(path, ["read", "nonblocking"], "a pipe of the shim");
    found.set(link, capacity(end));
  }
  return found;
}

/**
 * Whatever a process of uid 0 makes larger counts against all others of that
 * uid (fs.pipe-user-pages-soft), who then get pipes of 8 KiB.
 */
for (const unread of [true, false]) {
  const when = unread ? "while much of it is unread" : "once it is read";
  Deno.test(`a shim that has moved much has no pipe and no FIFO larger than by default, ${when}`, async () => {
    await using run = new Run();
    const size = 8 << 20;
    const print = `dd if=/dev/zero bs=${size} count=1 2>/dev/null`;
    run.setup({
      init: `exec 3>&2; head -c ${size} >/dev/null; ${print} & ` +
        `${print} >&3; wait; read x < ${run.gatePath}`,
    });
    for (const name of unread ? OUTPUTS : []) run.pauseReader(name);
    await run.start();
    const stdin = await run.openStdin();
    await stdin.write(new Uint8Array(size));
    await run.until(
      () =>
        OUTPUTS.every((name) =>
          unread
            ? run.waitingIn(name) > 60_000
            : run.output(name).length === size
        ),
      "all that can move has moved",
    );
    const found = capacities(run);
    for (const name of ["stdin", ...OUTPUTS]) {
      strictEqual(found.get(`${run.io}/${name}`), DEFAULT, name);
    }
    deepStrictEqual([...found].filter(([, bytes]) => bytes > DEFAULT), []);
    for (const name of OUTPUTS) run.resumeReader(name);
    await run.gate();
    await run.untilExit();
  });
}
