import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { createHash } from "node:crypto";
import { Container } from "../support/runc.ts";

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

Deno.test("runc: without a pid namespace an orphan falls to the shim, which reaps it", async () => {
  await using container = new Container({
    args: ["sh", "-c", "(sh -c 'echo up; exec sleep 1000' &); read x; exit 5"],
    namespaces: ["mount", "ipc", "uts", "network"],
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
