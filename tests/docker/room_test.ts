import assert from "node:assert/strict";
import { processTable } from "../support/processes.ts";
import { Room, spaceOf } from "./room.ts";
import { isThere } from "../support/look.ts";
import { TempDir } from "../support/own_files.ts";

const CGROUP = `room-test-${Deno.pid}`;
const open = (needsCgroups = false) =>
  Room.open({ cgroup: CGROUP, needsCgroups });

/** Runs a shell text in a room: what it printed. */
async function sh(room: Room, text: string): Promise<string> {
  const [command, args] = room.enter("sh", ["-c", text]);
  const { stdout } = await new Deno.Command(command, { args }).output();
  return new TextDecoder().decode(stdout).trim();
}

Deno.test("Room: what is written to /etc and /run stays in it", async () => {
  await using room = await open();
  const name = `room-test-${crypto.randomUUID()}`;
  const write = `echo x >/etc/${name}; echo x >/run/${name}`;
  assert.equal(
    await sh(room, `${write}; cat /etc/${name} /run/${name}`),
    "x\nx",
  );
  assert.equal(
    await sh(room, "cat /etc/passwd"),
    Deno.readTextFileSync("/etc/passwd").trim(),
  );
  assert.ok(!isThere(`/etc/${name}`) && !isThere(`/run/${name}`));
});

Deno.test("Room: its end is the end of what was started in it", async () => {
  const room = await open();
  // The second one is nobody's child any more.
  const inside = await sh(
    room,
    "setsid sleep 1000 >&- 2>&- & echo $!; ls -d /proc/[0-9]*",
  );
  const [pid] = inside.split("\n");
  assert.ok(await room.has(pid));
  const space = await sh(room, "readlink /proc/self/ns/pid");
  await room[Symbol.asyncDispose]();
  assert.match(space, /^pid:/);
  assert.ok(!processTable().some(({ pid }) => spaceOf(pid) === space));
});

Deno.test("Room: shims() counts shims, also scripts, and nothing else", async () => {
  using dir = new TempDir();
  await using room = await open();
  const name = "docker-containerd-shim";
  const shim = dir.file(name, "#!/bin/sh\nsleep 1000\n", 0o755);
  const quiet = ">/dev/null 2>&1 &";
  await sh(room, `${shim} ${quiet} ${shim} ${quiet} sleep 999 ${quiet}`);
  while (room.shims() < 2) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.equal(room.shims(), 2);
});

Deno.test("Room: with cgroup v1, or without a room", async () => {
  let room: Room;
  try {
    room = await open(true);
  } catch (error) {
    const { message } = error as Error;
    assert.match(message, /^cgroup v1 here: .*\nThis machine has no cgroup v1/);
    return;
  }
  const group = `/sys/fs/cgroup/devices/${CGROUP}/one`;
  const there = await sh(
    room,
    `mkdir -p ${group}; (echo $$ >${group}/tasks; exec sleep 1000 >&- 2>&-) & ls -d ${group}`,
  );
  assert.match(room.words, /^cgroup v1 here:.* devices/);
  assert.equal(there, group);
  await room[Symbol.asyncDispose]();
  assert.ok(!isThere(group));
});
