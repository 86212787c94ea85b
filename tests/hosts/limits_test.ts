import assert from "node:assert/strict";
import { defaultShim, PROJECT } from "../support/build.ts";
import { Run } from "../support/harness.ts";
import type { StartOptions } from "../support/launch.ts";
import { run } from "../tools/run.ts";
import { Host } from "./host.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

const FORMS = {
  "the default": () => Promise.resolve(defaultShim()),
  "--jitless": memoized(buildHardened),
} as const;
type Form = keyof typeof FORMS;

function memoized<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => made ??= make();
}

/** As docs/building.md says. */
async function buildHardened(): Promise<string> {
  const shim = `${PROJECT}/build/hardened/docker-containerd-shim`;
  const env = { V8_FLAGS: "--single-threaded --expose-gc --jitless" };
  await run(`${PROJECT}/tools/build`, [shim], env);
  return shim;
}

type Limits = StartOptions["rlimits"];

function only(name: keyof NonNullable<Limits>, limit: number): Limits {
  return { [name]: [limit, limit] };
}

/** Output enough for the garbage collector, both ways, and an end. */
const BUSY = "head -c 4000000 /dev/zero; read line; echo got $line; exit 3";

async function livesBusily(run: Run, options: StartOptions): Promise<void> {
  await run.start(options);
  await run.until(
    () => run.exited || run.output().length >= 4_000_000,
    "much has arrived",
  );
  assert.equal(run.shimResult(), "still running", run.text("shim_stderr"));
  using stdin = await run.openStdin();
  stdin.tryWrite("words\n");
  await run.untilExit();
  assert.equal(run.stateFile("exitStatus"), "3");
  assert.equal(run.shimResult(), 0);
  assert.match(run.text().slice(-20), /got words\r?\n$/);
  assert.deepEqual(run.shimLog(), []);
}

/** The engine dies before the shim's own code runs, so there is no log. */
function diedAtStart(run: Run): void {
  assert.ok(run.exited);
  assert.notEqual(run.shimResult(), 0);
  assert.equal(run.stateFile("exitStatus"), undefined);
  assert.equal(run.stateFile("shim-log.json"), undefined);
  assert.deepEqual(run.calls(), []);
}

const ENOUGH: [Form, string, Limits][] = [
  ["the default", "66 GiB of address space", only("as", 66 * GIB)],
  ["the default", "600 MiB of data", only("data", 600 * MIB)],
  ["the default", "a stack of 256 KiB", only("stack", 256 * KIB)],
  ["--jitless", "32 MiB of data", only("data", 32 * MIB)],
  ["--jitless", "a stack of 256 KiB", only("stack", 256 * KIB)],
];
for (const [form, what, rlimits] of ENOUGH) {
  for (const terminal of [false, true]) {
    const streams = terminal ? "a terminal" : "pipes";
    Deno.test(`limits, ${form}: ${what} are enough, with ${streams}`, async () => {
      await using run = new Run({ shim: await FORMS[form]() });
      run.setup({ terminal, init: BUSY });
      await livesBusily(run, { rlimits });
    });
  }
}

const TOO_LITTLE: [Form, string, Limits][] = [
  ["the default", "30 GiB of address space", only("as", 30 * GIB)],
  ["the default", "500 MiB of data", only("data", 500 * MIB)],
  ["the default", "a stack of 64 KiB", only("stack", 64 * KIB)],
  ["--jitless", "30 GiB of address space", only("as", 30 * GIB)],
  ["--jitless", "8 MiB of data", only("data", 8 * MIB)],
];
for (const [form, what, rlimits] of TOO_LITTLE) {
  Deno.test(`limits, ${form}: with ${what} the engine does not start`, async () => {
    await using run = new Run({ shim: await FORMS[form]() });
    run.setup();
    await run.start({ rlimits: { ...rlimits, core: [0, 0] } });
    await run.untilExit();
    diedAtStart(run);
  });
}

/** What strict overcommit counts: private memory that may be written to. */
const PROMISED = { "the default": 540 * MIB, "--jitless": 20 * MIB };
for (const form of Object.keys(FORMS) as Form[]) {
  const most = PROMISED[form];
  Deno.test(`limits, ${form}: a shim has at most ${most / MIB} MiB of memory promised`, async () => {
    await using run = new Run({ shim: await FORMS[form]() });
    run.setup({ init: `read x < ${run.gatePath}` });
    await run.start();
    await run.untilRunning();
    const status = Deno.readTextFileSync(`/proc/${run.pid}/status`);
    const data = Number(/^VmData:\s+(\d+) kB$/m.exec(status)![1]) * KIB;
    assert.ok(data > 0 && data <= most, `${data / MIB} MiB`);
    await run.gate();
    await run.untilExit();
  });
}

const program = defaultShim();

/** PR_SET_MDWE came with Linux 6.3. */
const [major, minor] = Deno.osRelease().split(".").map(Number);
const ignore = major < 6 || major === 6 && minor < 3;

for (const terminal of [false, true]) {
  Deno.test({
    name: `limits, --jitless: works where no memory becomes executable, with ${
      terminal ? "a terminal" : "pipes"
    }`,
    ignore,
  }, async () => {
    const program = await FORMS["--jitless"]();
    using elsewhere = new Host({ program, denyWriteExecute: true });
    await using run = new Run({ shim: elsewhere.shim });
    run.setup({ terminal, init: BUSY });
    // The engine says on stderr that it leaves something uncompiled.
    await livesBusily(run, {});
    assert.equal(run.calls()[0].cmd, "create");
  });
}

Deno.test({
  name:
    "limits, the default: the engine does not start where no memory becomes executable",
  ignore,
}, async () => {
  using elsewhere = new Host({ program, denyWriteExecute: true });
  await using run = await elsewhere.life({}, { rlimits: { core: [0, 0] } });
  diedAtStart(run);
});

Deno.test("limits: without /dev/null a container lives, and its runtime calls read nothing", async () => {
  using elsewhere = new Host({ program, hide: ["/dev"] });
  await using run = await elsewhere.life({ init: "echo out; exit 3" });
  assert.equal(run.text(), "out\n");
  assert.equal(run.stateFile("exitStatus"), "3");
  assert.deepEqual(run.shimLog(), []);
  const [, kill] = run.calls();
  assert.match(kill.fds[0].link, /^pipe:/);
});

Deno.test("limits: without /proc the engine does not start, and says so", async () => {
  using elsewhere = new Host({ program, hide: ["/proc"] });
  await using run = await elsewhere.life({});
  diedAtStart(run);
  assert.notEqual(run.text("shim_stderr"), "");
});

for (const tmpdir of ["", "."]) {
  Deno.test(`limits: with TMPDIR="${tmpdir}" the engine does not start, and says so`, async () => {
    await using run = await Run.life({}, { addedEnv: { TMPDIR: tmpdir } });
    diedAtStart(run);
    assert.match(run.text("shim_stderr"), /Could not convert path/);
  });
}
