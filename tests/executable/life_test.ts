import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { Run } from "../support/harness.ts";

Deno.test("a container's output and exit code arrive", async () => {
  await using run = await Run.life({ init: "echo out; echo err >&2; exit 3" });
  strictEqual(run.text("stdout"), "out\n");
  strictEqual(run.text("stderr"), "err\n");
  strictEqual(run.stateFile("exitStatus"), "3");
  deepStrictEqual(run.exit, { kind: "code", code: 0 });
});

Deno.test("stdout is drained and closed before delete, and exit held until after it", async () => {
  await using run = await Run.life({ init: "echo last words; exit 5" });
  const held = run.calls().slice(1).map(({ cmd, shimFds }) => {
    const links = shimFds.map(({ link }) => link);
    return {
      cmd,
      exit: links.includes(`${run.state}/exit`),
      stdout: links.includes(`${run.io}/stdout`),
    };
  });
  deepStrictEqual(held, [
    { cmd: "kill", exit: true, stdout: true },
    { cmd: "delete", exit: true, stdout: false },
  ]);
});
