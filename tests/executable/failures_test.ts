import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { Run, type SetupOptions } from "../support/harness.ts";

const REFUSED: [what: string, setup: SetupOptions, message: RegExp][] = [
  [
    "process.json is missing",
    { processJson: null },
    /process\.json.*ENOENT/,
  ],
  ["process.json is no JSON", { processJson: "not json" }, /process\.json/],
  [
    "a field of process.json is of a wrong type",
    { processJson: '{"terminal": "true"}' },
    /terminal.*boolean/,
  ],
  [
    "the checkpoint has no config",
    { process: { checkpoint: "/nowhere" } },
    /nowhere\/config\.json.*ENOENT/,
  ],
  ["there is no exit", { stateFifos: ["control"] }, /exit.*ENOENT/],
  ["there is no control", { stateFifos: ["exit"] }, /control.*ENOENT/],
  ["there is no stdin", { ioFifos: ["stdout", "stderr"] }, /io\/stdin.*ENOENT/],
  [
    "there is no stdout",
    { ioFifos: ["stdin", "stderr"] },
    /io\/stdout.*ENOENT/,
  ],
  [
    "there is no stderr",
    { ioFifos: ["stdin", "stdout"] },
    /io\/stderr.*ENOENT/,
  ],
];

for (const [what, setup, message] of REFUSED) {
  Deno.test(`${what}: the log says so, the runtime is not called`, async () => {
    await using run = await Run.life(setup);
    deepStrictEqual(run.exit, { kind: "code", code: 1 });
    const last = run.shimLog().at(-1);
    strictEqual(last?.level, "error");
    match(last.msg, message);
    deepStrictEqual(run.calls(), []);
  });
}
