import assert from "node:assert/strict";
import { Client } from "./client.ts";
import { Terminal } from "./terminal.ts";
import { untilTrue } from "./waiting.ts";
import { isThere } from "../support/look.ts";

const open = (text: string, signal = new AbortController().signal) =>
  new Terminal(["sh", "-c", text], {}, signal);

Deno.test("Terminal shows, takes keys, and tells the exit code", async () => {
  const window = open('echo "it is $0"; read word; echo "got $word"; exit 5');
  await window.shows("it is sh");
  await window.type("it's\r");
  assert.equal(await window.ends(), 5);
  assert.match(window.shown, /got it's\r\n$/);
});

Deno.test("Terminal has a size, and then another", async () => {
  const window = open(
    'trap "stty size; exit 3" WINCH; stty size; while :; do sleep 0.05; done',
  );
  await window.shows("24 80\r\n");
  await window.resize(33, 90);
  assert.equal(await window.ends(), 3);
  assert.equal(window.shown, "24 80\r\n33 90\r\n");
});

Deno.test("Terminal ends its program when it is enough", async () => {
  const enough = new AbortController();
  const window = open("echo ready; exec sleep 1000", enough.signal);
  await window.shows("ready");
  const waiting = window.shows("never");
  const ending = window.ends();
  enough.abort();
  await assert.rejects(waiting, /^Error: waited in vain until .*"never"/);
  await assert.rejects(ending, /^Error: the program did not end; .*ready/);
});

Deno.test("Client kills what does not end, also where its output stays open", async () => {
  const directory = Deno.makeTempDirSync();
  const pid = `${directory}/pid`;
  try {
    Deno.mkdirSync(`${directory}/bin`);
    const text = `#!/bin/sh\nsleep 1000 & echo $! >${pid}\nexec sleep 1000\n`;
    Deno.writeTextFileSync(`${directory}/bin/docker`, text, { mode: 0o755 });
    const enough = new AbortController();
    const client = new Client(directory, enough.signal);
    const call = client.call(["run", "it"]);
    const holds = () => isThere(pid) && Deno.statSync(pid).size > 0;
    await untilTrue(holds, () => "", new AbortController().signal);
    enough.abort();
    await assert.rejects(call, /^Error: docker run it did not end$/);
    await assert.rejects(client.call(["ps"]), /^Error: docker ps did not end$/);
  } finally {
    if (isThere(pid)) Deno.kill(Number(Deno.readTextFileSync(pid)));
    Deno.removeSync(directory, { recursive: true });
  }
});
