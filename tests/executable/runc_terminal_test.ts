import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { Container } from "../support/runc.ts";

Deno.test("runc: a shell in a terminal is interrupted by ^C and left by ^D", async () => {
  await using container = new Container({ args: ["sh"], terminal: true });
  const { run } = container;
  await container.start();
  using stdin = await run.openStdin();
  await run.untilOutput("# ");
  stdin.tryWrite("sleep 1000; echo got=$?\r");
  await run.until(
    () => run.descendants().some(({ comm }) => comm === "sleep"),
    "the shell has started sleep",
  );
  stdin.tryWrite("\x03");
  await run.untilOutput("^C");
  stdin.tryWrite("echo still=here\r");
  // The prompt comes when the shell reads by itself again; before, ^D is lost.
  await run.untilOutput("\nstill=here\r\n/ # ");
  stdin.tryWrite("\x04");
  await run.untilExit();
  ok(container.exitStatus());
});

Deno.test("runc: exec with and without a terminal, beside the container", async () => {
  await using container = new Container({
    args: ["sh", "-c", "read x; exit 9"],
  });
  const { run } = container;
  await container.start();
  {
    await using plain = await container.exec(
      ["sh", "-c", "cat; echo err >&2; hostname; exit 7"],
    );
    const stdin = await plain.openStdin();
    stdin.tryWrite("through exec\n");
    plain.control("0 0 0\n");
    stdin.close();
    await plain.untilExit();
    strictEqual(plain.text("stdout"), "through exec\nbundle\n");
    strictEqual(plain.text("stderr"), "err\n");
    strictEqual(container.exitStatus(plain), "7");
  }
  {
    await using tty = await container.exec(
      ["sh", "-c", "read a; stty size; tty; exit 8"],
      { terminal: true },
    );
    tty.control("1 90 30\n");
    await tty.until(() => tty.controlPending() === 0, "the resize is taken");
    (await tty.openStdin()).tryWrite("go\r");
    await tty.untilExit();
    match(tty.text(), /go\r\n30 90\r\n\/dev\/pts\/\d\r\n$/);
    strictEqual(container.exitStatus(tty), "8");
  }
  strictEqual(run.exited, false, "the container lives on");
  (await run.openStdin()).tryWrite("\n");
  await run.untilExit();
  strictEqual(container.exitStatus(), "9");
});

Deno.test("runc: an exec that is killed, and one that cannot be started", async () => {
  await using container = new Container({ args: ["sleep", "1000"] });
  await container.start();
  {
    await using exec = await container.exec([
      "sh",
      "-c",
      "echo up; sleep 1000",
    ]);
    await exec.untilOutput("up\n");
    exec.sendSignal(15, container.pid(exec));
    await exec.untilExit();
    strictEqual(container.exitStatus(exec), "143");
  }
  {
    await using exec = await container.exec(["/no/such/command"]);
    await exec.untilExit();
    deepStrictEqual(exec.exit, { kind: "code", code: 0 });
    strictEqual(exec.stateFile("exitStatus"), undefined);
    match(exec.stateFile("log.json")!, /no\/such\/command/);
  }
  await container.runc("kill", container.id, "KILL");
  await container.run.untilExit();
  strictEqual(container.exitStatus(), "137");
});

Deno.test("runc: an exec ends with its container", async () => {
  await using container = new Container({ args: ["sleep", "1000"] });
  await container.start();
  await using exec = await container.exec(["sh", "-c", "echo up; sleep 1000"]);
  await exec.untilOutput("up\n");
  await container.runc("kill", container.id, "KILL");
  await Promise.all([container.run.untilExit(), exec.untilExit()]);
  strictEqual(container.exitStatus(), "137");
  strictEqual(container.exitStatus(exec), "137");
});
