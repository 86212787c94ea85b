import assert from "node:assert/strict";
import { Run } from "../support/harness.ts";
import { inspect } from "./inspect.ts";

// Paths are all that tells the files of others apart, and in its own mounts
// anybody has whatever paths he likes.

/** A process with files of its own under the names of a state directory. */
class Impostor implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;

  private constructor(state: string, namespaces: readonly string[]) {
    const script = `mount -t tmpfs tmpfs ${state} && cd ${state} &&
      mkfifo exit && exec 3>shim-log.json 4<>exit && echo ready &&
      exec sleep 1000`;
    this.#child = new Deno.Command("unshare", {
      args: ["--mount", ...namespaces, "sh", "-c", script],
      stdin: "null",
      stdout: "piped",
    }).spawn();
  }

  static async start(
    run: Run,
    namespaces: readonly string[],
  ): Promise<Impostor> {
    const impostor = new Impostor(run.state, namespaces);
    const reader = impostor.#child.stdout.getReader();
    const { value } = await reader.read();
    reader.releaseLock();
    assert.equal(new TextDecoder().decode(value), "ready\n");
    return impostor;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.stdout.cancel();
    await this.#child.status;
  }
}

const CONTAINERS = [
  {
    what: "in a pid namespace",
    namespaces: ["--pid", "--fork", "--kill-child"],
  },
  { what: "in a user namespace", namespaces: ["--map-root-user"] },
];

for (const { what, namespaces } of CONTAINERS) {
  Deno.test(`--inspect takes nobody ${what} for the shim or the daemon`, async () => {
    await using run = new Run();
    run.setup({ init: "exec sleep 1000" });
    // Its number is lower than the shim's, so it would be found first.
    await using _impostor = await Impostor.start(run, namespaces);
    const before = await inspect(run.state);
    assert.equal(before.json.step.kind, "never-started", before.text);

    await run.start();
    await run.untilRunning();
    const { json, text } = await inspect(run.state);
    assert.equal(json.shim?.pid, run.pid, text);
    assert.equal(json.step.kind, "running");
    const [exit] = json.channels;
    assert.deepEqual(
      exit.holders.map(({ pid }) => pid).sort(),
      [Deno.pid, run.pid].sort(),
    );
    const init = await run.initPid();
    run.sendSignal(9);
    await run.untilExit();
    const after = await inspect(run.state);
    assert.equal(after.json.step.kind, "died", after.text);
    assert.equal(after.code, 1);
    run.sendSignal(9, init);
  });
}

Deno.test("--inspect prefers a shim with its own mounts, and takes one that has others", async () => {
  await using run = new Run();
  run.setup({ init: "exec sleep 1000" });
  await using _impostor = await Impostor.start(run, []);
  await run.start();
  await run.untilRunning();
  const { json, text } = await inspect(run.state);
  assert.equal(json.shim?.pid, run.pid, text);
  assert.equal(json.step.kind, "running");
});

Deno.test("--inspect finds a shim that has mounts of its own", async () => {
  await using run = new Run();
  run.setup({ init: "exec sleep 1000" });
  await run.start({
    executable: "/usr/bin/unshare",
    args: ["--mount", run.shim, run.id, run.bundle, run.runtime],
  });
  await run.untilRunning();
  const { json, text } = await inspect(run.state);
  assert.equal(json.shim?.pid, run.pid, text);
  assert.equal(json.step.kind, "running");
});
