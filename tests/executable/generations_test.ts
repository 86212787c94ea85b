import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Run } from "../support/harness.ts";

const forced = (generation: string) => ({
  addedEnv: { DOCKER_CONTAINERD_SHIM_GENERATION: generation },
});

async function life(generation: string, exec: boolean): Promise<string> {
  const setup = { init: "exit 7", process: { exec } };
  await using run = await Run.life(setup, forced(generation));
  deepStrictEqual(run.exit, { kind: "code", code: 0 });
  strictEqual(run.stateFile("exitStatus"), "7");
  return run.order().join(" ");
}

const LAST = "exit_eof~shim_exit";
const CREATED = "create create.end exitStatus";
const LATER = `${CREATED} kill kill.end delete delete.end ${LAST}`;
const ORDERS: [generation: string, container: string][] = [
  ["1.11", `start start.end exitStatus delete delete.end ${LAST}`],
  ["1.12", `${CREATED} ${LAST}`],
  ["1.13", LATER],
  ["17.06", LATER],
  ["", LATER],
  ["of no known kind", LATER],
];

for (const [generation, container] of ORDERS) {
  Deno.test(`generation "${generation}": the order of events of a container and of an exec`, async () => {
    strictEqual(await life(generation, false), container);
    const exec = `exec exec.end exitStatus ${LAST}`;
    strictEqual(await life(generation, true), exec);
  });
}

Deno.test('generation "1.12": the exit event comes before the output has ended', async () => {
  await using run = new Run();
  run.setup({ init: `(read x < ${run.gatePath}; echo late) & exit 7` });
  await run.start(forced("1.12"));
  await run.untilEof("exit");
  strictEqual(run.stateFile("exitStatus"), "7");
  ok(!run.exited, "the shim stays for the output");
  await run.gate();
  await run.untilExit();
  strictEqual(run.text(), "late\n");
  deepStrictEqual(run.calls().map(({ cmd }) => cmd), ["create"]);
});

Deno.test('generation "1.11": the container is deleted before its output has ended', async () => {
  await using run = new Run();
  run.setup({ init: `(read x < ${run.gatePath}; echo late) & exit 7` });
  await run.start(forced("1.11"));
  await run.untilCall("delete", { ended: true });
  ok(run.eof("exit") === undefined, "the exit event has to wait");
  await run.gate();
  await run.untilExit();
  strictEqual(run.text(), "late\n");
});

Deno.test('generation "1.11": a terminal is passed by --console', async () => {
  await using run = await Run.life({
    terminal: true,
    process: { capabilities: ["CAP_KILL"] },
    runtime: { flags: "legacy" },
    init: "tty; exit 3",
  }, forced("1.11"));
  strictEqual(run.stateFile("exitStatus"), "3");
  deepStrictEqual(run.calls().map(({ cmd }) => cmd), ["start", "delete"]);
  ok(/^\/dev\/pts\/\d+\r\n$/.test(run.text()));
});

Deno.test("an unknown generation is a warning that names those there are", async () => {
  await using run = await Run.life({}, forced("2.0"));
  const [{ level, msg }] = run.shimLog();
  strictEqual(level, "warn");
  ok(
    msg.includes('"2.0"') && msg.includes("1.11, 1.12, 1.12.5, 1.13, 17.06"),
    msg,
  );
});
