import type { Run } from "./harness.ts";
import { readOrNone } from "./look.ts";

/**
 * Starts a shim with a terminal whose runtime hands over none, and does not
 * begin with create before the gate opens.
 *
 * @returns the path of the console socket, which is being listened on: a file
 *   there is before that
 */
export async function startWaitingForConsole(run: Run): Promise<string> {
  run.setup({
    init: "exit 5",
    terminal: true,
    runtime: { console: { mode: "none" } },
  });
  const [waiting, asked] = [`${run.root}/waiting`, `${run.root}/asked`];
  Deno.writeTextFileSync(
    waiting,
    `#!/bin/sh\ncase "$*" in *create*) echo "$*" >'${asked}'; ` +
      `read x < '${run.gatePath}';; esac\nexec '${run.runtime}' "$@"\n`,
    { mode: 0o755 },
  );
  await run.start({ args: [run.id, run.bundle, waiting] });
  const socket = () =>
    /--console-socket (\S+).*\n/.exec(readOrNone(asked) ?? "")?.[1];
  await run.until(() => socket() !== undefined, "create is called");
  return socket()!;
}
