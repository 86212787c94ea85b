import assert from "node:assert/strict";
import CONFIG from "../../deno.json" with { type: "json" };
import { compiled } from "../support/build.ts";
import type { Host } from "./host.ts";
import { type Kind, kinds } from "./hosts.ts";

/** The tests of a kind share one host, as they share the one that they run on. */
const opened = new Map<string, Host>();

function hostOf(kind: Kind): Host {
  const host = opened.get(kind.name) ?? kind.open();
  opened.set(kind.name, host);
  return host;
}

Deno.test.afterAll(() => {
  for (const host of opened.values()) host[Symbol.dispose]();
});

/** Ignored, and so counted as not run, where a root or the portable form is not there. */
function test(
  kind: Kind,
  what: string,
  body: (host: Host) => Promise<void>,
): void {
  const { name, missing } = kind;
  const reason = missing === undefined ? "" : ` (there is no ${missing})`;
  Deno.test({
    name: `${name}: ${what}${reason}`,
    ignore: missing !== undefined,
    fn: () => body(hostOf(kind)),
  });
}

for (const kind of kinds()) {
  test(kind, "--version and --check", async (host) => {
    const version = await host.call(["--version"]);
    assert.deepEqual(version, {
      code: 0,
      text: `docker-containerd-shim ${CONFIG.version}\n`,
    });
    const check = await host.call(["--check", "/bin/busybox"]);
    assert.match(check.text, /^ok +glibc /m);
    assert.match(check.text, /^ok +terminals /m);
  });

  test(kind, "a whole life", async (host) => {
    await using run = await host.life({
      init: "echo out; echo err >&2; exit 3",
    });
    assert.equal(run.text("stdout"), "out\n");
    assert.equal(run.text("stderr"), "err\n");
    assert.equal(run.stateFile("exitStatus"), "3");
    assert.equal(run.shimResult(), 0);
    assert.deepEqual(run.shimLog(), []);
    assert.deepEqual(run.calls().map(({ cmd }) => cmd), [
      "create",
      "kill",
      "delete",
    ]);
    assert.deepEqual(
      Object.fromEntries(
        run.calls()[0].env.map((entry) => entry.split(/=(.*)/s).slice(0, 2)),
      ),
      run.baseEnv(),
      "the runtime is given the daemon's environment and nothing else",
    );
  });

  test(kind, "an exec", async (host) => {
    await using run = await host.life({
      init: "echo in; exit 7",
      process: { exec: true },
    });
    assert.equal(run.text(), "in\n");
    assert.equal(run.stateFile("exitStatus"), "7");
    assert.deepEqual(run.calls().map(({ cmd }) => cmd), ["exec"]);
  });

  for (const flags of ["modern", "legacy"] as const) {
    test(kind, `a terminal of a ${flags} runtime`, async (host) => {
      await using run = await host.start({
        init: `test -t 0 && tty; read line; echo "got $line"; exit 4`,
        terminal: true,
        runtime: { flags },
      });
      await run.until(() => run.text().includes("\n"), "it has printed");
      using stdin = await run.openStdin();
      stdin.tryWrite("words\r");
      await run.untilExit();
      assert.match(run.text(), /^\/dev\/pts\/\d+\r\n/);
      assert.match(run.text(), /got words\r\n$/);
      assert.equal(run.stateFile("exitStatus"), "4");
    });
  }

  test(kind, "a runtime that fails", async (host) => {
    await using run = await host.life({
      runtime: { create: { failBefore: 1, stderr: "no such thing\n" } },
    });
    assert.equal(run.shimResult(), 0);
    assert.equal(run.text("stderr"), "no such thing\n");
    assert.deepEqual(run.calls().map(({ cmd }) => cmd), ["create", "delete"]);
    assert.equal(run.stateFile("exitStatus"), undefined);
  });

  test(kind, "a failure of its own", async (host) => {
    await using run = await host.life({ processJson: "not json" });
    assert.equal(run.shimResult(), 1);
    assert.match(run.shimLog().at(-1)!.msg, /process\.json/);
  });

  test(kind, "--inspect, and the process under its name", async (host) => {
    await using run = await host.start({ init: ["/bin/sleep", "1000"] });
    await run.untilRunning();
    const { comm } = run.process(run.pid)!;
    assert.equal(comm, "docker-containe");
    assert.match(
      Deno.readLinkSync(`/proc/${run.pid}/exe`),
      /\/docker-containerd-shim$/,
    );
    const { code, text } = await host.call(["--inspect", run.state], [
      run.root,
    ]);
    assert.equal(code, 0, text);
    assert.match(text, new RegExp(`\\b${run.pid}\\b`));
    run.sendSignal(9, await run.initPid());
    await run.untilExit();
    assert.equal(run.stateFile("exitStatus"), "137");
  });
}

const musl = kinds().find(({ name }) => name.startsWith("musl"))!;
test(musl, "a runtime that is linked with musl", async (host) => {
  await using run = await host.start({ init: "exit 5" }, {}, (run) => {
    const runtime = compiled("support/fake_runtime.c", "musl-gcc");
    Deno.copyFileSync(runtime, run.runtime);
  });
  await run.untilExit();
  assert.equal(run.stateFile("exitStatus"), "5");
  assert.deepEqual(run.calls().map(({ cmd }) => cmd), [
    "create",
    "kill",
    "delete",
  ]);
});
