import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { Run } from "../support/harness.ts";
import { hasty } from "../support/hasty.ts";
import { hasFuse, Nuisance, silentFile } from "../support/nuisance.ts";
import { wrappedCalls } from "../support/wrapper.ts";

for (const call of ["kill", "delete"]) {
  Deno.test(
    `a ${call} that not even SIGKILL ends does not keep the exit event`,
    { ignore: !hasFuse() },
    async () => {
      await using run = new Run({ shim: await hasty() });
      await using fuse = await Nuisance.start("silent_fuse");
      const hang = `exec stat -L ${silentFile(fuse)}`;
      const wrap = `[ "$call" != ${call} ] || ${hang}`;
      run.setup({ init: "echo ran; exit 3", wrap });
      await run.start();
      await run.untilExit();
      deepStrictEqual(run.exit, { kind: "code", code: 0 });
      strictEqual(run.stateFile("exitStatus"), "3");
      strictEqual(run.text(), "ran\n");
      deepStrictEqual(wrappedCalls(run), ["create", "kill", "delete"]);
      match(
        run.shimLog().at(-1)!.msg,
        new RegExp(`${call} did not end .* killed, which has not ended it`),
      );
      await fuse.untilSaid(/^asked/m);
    },
  );
}
