import { match, ok, strictEqual } from "node:assert/strict";
import { explanation } from "../support/explanation.ts";
import { Nuisance } from "../support/nuisance.ts";
import { Container } from "../support/runc.ts";

// What an exec has left behind is no descendant of its shim, if the container
// has a pid namespace: its parent is the container's init.

for (const terminal of [false, true]) {
  const what = terminal ? "terminal" : "output";
  Deno.test(`runc: who holds the ${what} of an exec is found in the container first, however much there is elsewhere`, async () => {
    // More to look at than there is time for, and it was there before.
    await using _crowd = await Nuisance.start(
      "nuisance",
      "files",
      "80",
      "4000",
    );
    await using container = new Container({ args: ["sleep", "2000"] });
    await container.start();
    const script = 'trap "" HUP; sleep 1000 & read x; exit 7';
    await using exec = await container.exec(["sh", "-c", script], { terminal });
    await container.untilWatched(exec);
    {
      using stdin = await exec.openStdin();
      stdin.tryWrite("\n");
      await exec.untilFile("exitStatus");
    }
    await exec.until(() => explanation(exec) !== undefined, "the log explains");
    match(explanation(exec)!, /held open by process \d+ \(sleep\)$/);
    const [, holder] = /process (\d+)/.exec(explanation(exec)!)!;
    ok(!exec.exited);
    exec.sendSignal(9, Number(holder));
    await exec.untilExit();
    strictEqual(container.exitStatus(exec), "7");
  });
}
