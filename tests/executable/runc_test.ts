import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { createHash } from "node:crypto";
import { Container } from "../support/runc.ts";

/** Runs a shell text in a container to its end. */
async function lived(script: string): Promise<Container> {
  const container = new Container({ args: ["sh", "-c", script] });
  try {
    await container.start();
    await container.run.untilExit();
    return container;
  } catch (error) {
    await container[Symbol.asyncDispose]();
    throw error;
  }
}

Deno.test("runc: a container's output and exit code arrive", async () => {
  await using container = await lived("echo out; echo err >&2; exit 3");
  const { run } = container;
  strictEqual(run.text("stdout"), "out\n");
  strictEqual(run.text("stderr"), "err\n");
  strictEqual(container.exitStatus(), "3");
  deepStrictEqual(run.exit, { kind: "code", code: 0 });
  deepStrictEqual(run.descendants(), []);
});

Deno.test("runc: nothing of the container is left when the daemon is told", async () => {
  await using container = await lived("exit 0");
  const { success, text } = await container.runc("state", container.id);
  strictEqual(success, false);
  match(text, /does not exist/);
});

// A signal that is not caught ends the init of a pid namespace only if it is
// SIGKILL.
const WITHOUT_PID = ["mount", "ipc", "uts", "network"];

for (const [name, number] of [["KILL", 9], ["TERM", 15]] as const) {
  Deno.test(`runc: a container that SIG${name} ends has ${128 + number}`, async () => {
    await using container = new Container({
      args: ["sh", "-c", "echo up; exec sleep 1000"],
      namespaces: WITHOUT_PID,
    });
    await container.start();
    await container.run.untilOutput("up\n");
    await container.runc("kill", container.id, name);
    await container.run.untilExit();
    strictEqual(container.exitStatus(), `${128 + number}`);
  });
}

Deno.test("runc: 64 MB of stdin pass through cat unchanged", async () => {
  await using container = new Container({ args: ["cat"] });
  const { run } = container;
  await container.start();
  const sent = createHash("sha256");
  const stdin = await run.openStdin();
  const block = new Uint8Array(1 << 20);
  for (let i = 0; i < 64; i++) {
    crypto.getRandomValues(block.subarray(0, 65_536));
    block[block.length - 1] = i;
    sent.update(block);
    strictEqual((await stdin.write(block)).outcome, "all");
  }
  run.control("0 0 0\n");
  stdin.close();
  await run.untilExit();
  strictEqual(run.output().length, 64 << 20);
  strictEqual(
    createHash("sha256").update(run.output()).digest("hex"),
    sent.digest("hex"),
  );
  strictEqual(container.exitStatus(), "0");
});

Deno.test("runc: a daemon that went away attaches again and misses nothing", async () => {
  await using container = new Container({
    args: ["sh", "-c", "echo before; read a; seq 1 30000; cat"],
  });
  const { run } = container;
  await container.start();
  await run.untilOutput("before\n");
  for (const name of ["exit", "stdout", "stderr"]) run.closeReader(name);
  run.closeControl();
  const stdin = await run.openStdin();
  stdin.tryWrite("go\n");
  await run.until(() => run.waitingIn("stdout") > 0, "there is output");
  for (const name of ["exit", "stdout", "stderr"]) run.attachReader(name);
  run.openControl();
  stdin.tryWrite("after\n");
  await run.untilOutput("after\n");
  run.control("0 0 0\n");
  stdin.close();
  await run.untilExit();
  const numbers = Array.from({ length: 30_000 }, (_, i) => `${i + 1}\n`);
  strictEqual(run.text(), `before\n${numbers.join("")}after\n`);
  strictEqual(container.exitStatus(), "0");
});

Deno.test("runc: an orphan is reaped by the container's init, not lost", async () => {
  await using container = new Container({
    // sh as pid 1 adopts it; the container's end ends it.
    args: ["sh", "-c", "(sleep 1000 &); echo up; read x; exit 4"],
  });
  const { run } = container;
  await container.start();
  await run.untilOutput("up\n");
  const sleeping = () => run.descendants().find(({ comm }) => comm === "sleep");
  await run.until(() => sleeping() !== undefined, "the orphan sleeps");
  const orphan = sleeping()!;
  strictEqual(orphan.ppid, container.pid());
  (await run.openStdin()).tryWrite("\n");
  await run.untilExit();
  strictEqual(container.exitStatus(), "4");
  strictEqual(run.process(orphan.pid), undefined);
});

Deno.test("runc: without a pid namespace an orphan falls to the shim, which reaps it", async () => {
  await using container = new Container({
    args: ["sh", "-c", "(sh -c 'echo up; exec sleep 1000' &); read x; exit 5"],
    namespaces: WITHOUT_PID,
  });
  const { run } = container;
  await container.start();
  await run.untilOutput("up\n");
  const adopted = () =>
    run.children().find(({ pid, comm }) =>
      pid !== container.pid() && comm === "sleep"
    );
  await run.until(() => adopted() !== undefined, "the shim has adopted it");
  const { pid } = adopted()!;
  run.sendSignal(9, pid);
  await run.until(() => run.process(pid) === undefined, "it is reaped");
  (await run.openStdin()).tryWrite("\n");
  await run.untilExit();
  strictEqual(container.exitStatus(), "5");
  deepStrictEqual(run.descendants(), []);
});

Deno.test("runc: a command that does not exist is runc's failure, with its reason", async () => {
  await using container = new Container({ args: ["/no/such/command"] });
  const { run } = container;
  await container.create();
  await run.untilExit();
  deepStrictEqual(run.exit, { kind: "code", code: 0 });
  strictEqual(run.stateFile("exitStatus"), undefined);
  const [said] = run.stateFile("log.json")!.trim().split("\n");
  strictEqual(JSON.parse(said).level, "error");
  match(JSON.parse(said).msg, /no\/such\/command/);
  match(run.text("stderr"), /no\/such\/command/);
  deepStrictEqual(run.descendants(), []);
});

Deno.test("runc: a bundle without config.json is runc's failure", async () => {
  await using container = new Container({ args: ["true"] });
  Deno.removeSync(`${container.run.bundle}/config.json`);
  await container.create();
  await container.run.untilExit();
  deepStrictEqual(container.run.exit, { kind: "code", code: 0 });
  match(container.run.stateFile("log.json")!, /config\.json/);
});

Deno.test("runc: a container that is created, never started and killed has 137", async () => {
  await using container = new Container({ args: ["true"] });
  await container.create();
  await container.runc("kill", container.id, "KILL");
  await container.run.untilExit();
  strictEqual(container.exitStatus(), "137");
});

Deno.test("runc: the container has no signal ignored and no stray descriptor", async () => {
  await using container = await lived(
    "grep -E 'Sig(Ign|Blk)' /proc/self/status; ls /proc/$$/fd",
  );
  match(container.run.text(), /SigBlk:\t0{16}\nSigIgn:\t0{16}\n0\n1\n2\n/);
});
