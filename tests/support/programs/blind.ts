/** A loop whose poll(2) fails: somebody injects that. */
import { pipe } from "../../../ffi/fd.ts";
import { write } from "../../../ffi/transfer.ts";
import { EventLoop } from "../../../src/loop/event_loop.ts";
import { Allowance } from "../../../src/loop/limits.ts";

const { readEnd, writeEnd } = pipe("test");
const loop = new EventLoop(() => {});
let served = 0;
loop.watch("it", readEnd, "input", { ready: () => served++ });
write(writeEnd, new Uint8Array(1));
let turns = 0;
loop.runUntil(() => ++turns > 1_000, new Allowance(200));
console.log(JSON.stringify({ served, turns }));
