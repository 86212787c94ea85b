import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { Run, type SetupOptions } from "../support/harness.ts";
import { wrappedCalls } from "../support/wrapper.ts";

/** The runc of Docker 1.11 (0.0.9): it knows no create, and says so with 0. */
const OLD_RUNC =
  `[ "$call" != create ] || { echo "No help topic for 'create'"; exit 0; }`;

/** A life with a runtime that is changed by a script. */
const life = (setup: SetupOptions, wrap = OLD_RUNC, generation = "") =>
  Run.life({ init: "echo ran; exit 3", wrap, ...setup }, forced(generation));

const forced = (generation: string) => ({
  addedEnv: { DOCKER_CONTAINERD_SHIM_GENERATION: generation },
});

Deno.test("the runtime of Docker 1.11 is called in its manner, without a setting", async () => {
  await using run = await life({});
  strictEqual(run.stateFile("exitStatus"), "3");
  strictEqual(run.text(), "ran\n");
  strictEqual(run.text("stderr"), "");
  deepStrictEqual(wrappedCalls(run), ["create", "start", "delete"]);
  const start = run.calls().find(({ cmd }) => cmd === "start")!;
  ok(start.argv.includes("-d") && start.argv.includes("--pid-file"));
  deepStrictEqual(run.order(), [
    ...["start", "start.end", "exitStatus", "delete", "delete.end"],
    "exit_eof~shim_exit",
  ]);
  deepStrictEqual(run.shimLog(), []);
});

Deno.test("the runtime of Docker 1.11 gives a container its terminal", async () => {
  await using run = await life({
    terminal: true,
    process: { capabilities: [] },
    runtime: { flags: "legacy" },
  });
  strictEqual(run.stateFile("exitStatus"), "3");
  strictEqual(run.text(), "ran\r\n");
  deepStrictEqual(wrappedCalls(run), ["create", "start", "delete"]);
});

Deno.test("a container may print the words of that runtime", async () => {
  const words = "No help topic for 'create'";
  await using run = await life({ init: `echo "${words}"; exit 3` }, ":");
  strictEqual(run.text(), `${words}\n`);
  deepStrictEqual(wrappedCalls(run), ["create", "kill", "delete"]);
});

Deno.test("a runtime that writes no pid and says something else is called once", async () => {
  const script = '[ "$call" != create ] || { echo hello; exit 0; }';
  await using run = await life({}, script);
  deepStrictEqual(run.exit, { kind: "code", code: 1 });
  strictEqual(run.text(), "hello\n");
  deepStrictEqual(wrappedCalls(run), ["create", "delete"]);
});

Deno.test("a checkpoint that is a name in the bundle is one of Docker 1.11", async () => {
  await using run = new Run();
  run.setup({ process: { checkpoint: "cp1" }, init: "exit 3" });
  const directory = `${run.bundle}/checkpoints/cp1`;
  Deno.mkdirSync(directory, { recursive: true });
  Deno.writeTextFileSync(`${directory}/config.json`, '{"name": "cp1"}');
  await run.start();
  await run.untilExit();
  strictEqual(run.stateFile("exitStatus"), "3");
  const [{ argv }] = run.calls();
  strictEqual(argv[argv.indexOf("--image-path") + 1], directory);
  ok(!argv.includes("--work-path"));
});

Deno.test("a start that fails under a forced generation names the setting", async () => {
  // As a modern runtime does, which knows no `start --bundle`.
  const script =
    '[ "$call" != start ] || { echo "not defined: -bundle" >&2; exit 1; }';
  await using run = await life({}, script, "1.11");
  deepStrictEqual(run.exit, { kind: "code", code: 0 });
  const { msg } = run.shimLog().at(-1)!;
  match(msg, /DOCKER_CONTAINERD_SHIM_GENERATION=1\.11/);
});

for (const generation of ["1.11", "1.12"]) {
  Deno.test(`generation ${generation}: a container starts although nobody reads its output`, async () => {
    await using run = new Run();
    run.setup({ init: "echo hi; exit 3", readers: ["exit", "control"] });
    await run.start(forced(generation));
    await run.untilFile("exitStatus", 10_000);
    strictEqual(run.stateFile("exitStatus"), "3");
  });
}
