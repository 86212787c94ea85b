/** Stops for longer than it may wait, while what it waits for happens. */
import { pipe } from "../../../ffi/fd.ts";
import { EventLoop } from "../../../src/loop/event_loop.ts";
import { Allowance } from "../../../src/loop/limits.ts";

const { readEnd, writeEnd } = pipe("test");
const loop = new EventLoop(console.error);
let came = false;
loop.watch("it", readEnd, "input", { ready: () => came = true });
const end = `/proc/${Deno.pid}/fd/${writeEnd.raw}`;
const script = "sleep 0.3; kill -STOP $0; sleep 4; echo >$1; kill -CONT $0";
const helper = new Deno.Command("sh", {
  args: ["-c", script, String(Deno.pid), end],
}).spawn();
const allowance = new Allowance(2_500);
const inTime = loop.runUntil(() => came, allowance);
console.log(JSON.stringify({ inTime, left: allowance.left }));
await helper.status;
