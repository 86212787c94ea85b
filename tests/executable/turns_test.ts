import { ok, strictEqual } from "node:assert/strict";
import { Run } from "../support/harness.ts";
import { read } from "../support/posix.ts";
import type { TracedCall } from "../support/strace.ts";

const MIB = 1 << 20;

/**
 * What all streams of a container may move at most until everything else has
 * had its turn, in bytes: some turns of sixteen moves of 64 KiB each.
 */
const TURNS = 4 * MIB;

/** A shell text that prints on both streams, in writes of 8 MiB, for ever. */
const FLOOD = "exec 3>&2 2>/dev/null; dd if=/dev/zero bs=8M & " +
  "exec dd if=/dev/zero bs=8M >&3";

/** Reads once, and returns how many bytes there were. */
function take(fd: number, buffer: Uint8Array<ArrayBuffer>): number {
  const count = read(fd, buffer);
  return count === "EAGAIN" ? 0 : count;
}

/** The most bytes that the shim moved between two waits. */
function longestTurn(calls: readonly TracedCall[]): number {
  let most = 0, read = 0, written = 0;
  for (const { isShim, text } of calls) {
    if (!isShim) continue;
    if (text.startsWith("ppoll(")) read = written = 0;
    const [, call, bytes] = /^(\w+)\(.*\) += (\d+)$/.exec(text) ?? [];
    if (call === "read") read += Number(bytes);
    else if (call === "write" || call === "pwrite64") written += Number(bytes);
    most = Math.max(most, read, written);
  }
  return most;
}

for (const spool of [false, true]) {
  const how = spool ? "with a spool" : "without a spool";
  Deno.test(`a message is served in a bounded number of bytes while two streams flow without end, ${how}`, async () => {
    await using run = new Run();
    run.setup({ init: FLOOD });
    for (const name of ["stdout", "stderr"]) run.pauseReader(name);
    const more = { DOCKER_CONTAINERD_SHIM_SPOOL: `${run.root}:8M` };
    await run.start({ addedEnv: spool ? more : {} });
    await run.untilRunning();
    const fds = ["stdout", "stderr"].map((name) => run.readerFd(name));
    const buffer = new Uint8Array(MIB);
    const moved = fds.map(() => 0);
    const takeFromBoth = () => {
      fds.forEach((fd, index) => moved[index] += take(fd, buffer));
    };
    // Both flow.
    await run.until(() => {
      takeFromBoth();
      return moved.every((bytes) => bytes > 4 * MIB);
    }, "much has come from both");
    for (let message = 0; message < 10; message++) {
      moved.fill(0);
      run.control("1 80 24\n");
      // Nothing else happens in this process: neither reader stops.
      while (run.controlPending() > 0) takeFromBoth();
      const both = moved[0] + moved[1];
      ok(both <= TURNS, `${both} bytes have come first`);
      // And neither stream is starved by the other.
      for (let least = 0; least < MIB;) {
        takeFromBoth();
        least = Math.min(...moved);
        const most = Math.max(...moved);
        ok(most - least <= 64 * MIB, `${most} bytes of one, ${least} of other`);
      }
    }
  });
}

Deno.test("a resize arrives in a bounded number of bytes while a terminal flows both ways without end", async () => {
  await using run = new Run();
  run.setup({
    terminal: true,
    init: "stty raw -echo; exec 3<&0; cat <&3 >/dev/null & exec cat /dev/zero",
  });
  run.pauseReader("stdout");
  await run.start();
  await run.untilRunning();
  using stdin = await run.openStdin();
  const fd = run.readerFd("stdout");
  const buffer = new Uint8Array(MIB);
  const input = new Uint8Array(65_536).fill(105);
  let moved = 0, typed = 0;
  const flow = (times = 1) => {
    for (; times > 0; times--) {
      moved += take(fd, buffer);
      if (stdin.tryWrite(input) === "ok") typed++;
    }
  };
  await run.until(() => {
    flow(100);
    return moved > MIB && typed > 16;
  }, "both directions flow");
  const terminal = Deno.readLinkSync(`/proc/${await run.initPid()}/fd/0`);
  for (let columns = 80; columns < 86; columns++) {
    moved = typed = 0;
    run.control(`1 ${columns} 24\n`);
    while (run.controlPending() > 0) flow();
    ok(moved <= TURNS, `${moved} bytes have come first`);
    ok(typed * input.length <= TURNS, `${typed} times were typed first`);
    strictEqual(sizeOf(terminal), `24 ${columns}`);
    await run.until(() => {
      flow(100);
      return moved > MIB && typed > 16;
    }, "both directions go on");
  }
});

function sizeOf(terminal: string): string {
  const args = ["-F", terminal, "size"];
  const { stdout } = new Deno.Command("stty", { args }).outputSync();
  return new TextDecoder().decode(stdout).trim();
}

Deno.test("a turn of a stream is bounded, also one into a spool", async () => {
  await using run = new Run();
  const size = 24 * MIB;
  run.setup({
    init: `exec 3>&2 2>/dev/null; dd if=/dev/zero bs=${size} count=1 & ` +
      `dd if=/dev/zero bs=${size} count=1 >&3; wait; exit 3`,
  });
  for (const name of ["stdout", "stderr"]) run.pauseReader(name);
  await run.start({
    addedEnv: { DOCKER_CONTAINERD_SHIM_SPOOL: `${run.root}:64M` },
    strace: "ppoll,read,write,pwrite64",
  });
  await run.untilFile("exitStatus");
  for (const name of ["stdout", "stderr"]) run.resumeReader(name);
  await run.untilExit();
  strictEqual(run.output("stdout").length, size);
  strictEqual(run.output("stderr").length, size);
  const most = longestTurn(await run.straceLines());
  ok(most <= TURNS, `${most} bytes in one turn`);
  ok(most >= 65_536, "something was moved");
});
