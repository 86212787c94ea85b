import { deepStrictEqual } from "node:assert/strict";
import type { Call } from "./calls.ts";
import { moments, orderOf } from "./facts.ts";
import type { Event } from "./timeline.ts";

const EXIT = "/state/exit";

function call(cmd: string, t: number, more: Partial<Call> = {}): Call {
  const shimFds = [{ link: EXIT }];
  return { cmd, t, tEnd: t + 1, exitStatus: "3", shimFds, ...more } as Call;
}

function order(events: Event[], calls: Call[]): string[] {
  return orderOf(moments(events, calls, EXIT));
}

const statusWritten = (t: number): Event => ({
  t,
  what: "close_write",
  name: "exitStatus",
});
const exitClosed = (t: number): Event => ({
  t,
  what: "close_write",
  name: "exit",
});
const exitEof = (t: number): Event => ({ t, what: "eof", name: "exit" });
const shimExit = (t: number): Event => ({ t, what: "shim_exit" });

Deno.test("orderOf() makes the end of exit and of the shim one moment", () => {
  const events = [
    statusWritten(10),
    shimExit(50),
    exitClosed(51),
    exitEof(52),
  ];
  deepStrictEqual(order(events, [call("kill", 20), call("delete", 30)]), [
    "exitStatus",
    "kill",
    "kill.end",
    "delete",
    "delete.end",
    "exit_eof~shim_exit",
  ]);
});

Deno.test("moments() believes a call that saw exitStatus more than the clock", () => {
  const events = [statusWritten(25), exitClosed(40), exitEof(40)];
  deepStrictEqual(order(events, [call("kill", 20)]), [
    "exitStatus",
    "kill",
    "kill.end",
    "exit_eof",
  ]);
});

Deno.test("moments() finds exit closed before the kill that no longer saw it", () => {
  const events = [
    statusWritten(10),
    exitClosed(15),
    exitEof(22),
    shimExit(30),
  ];
  deepStrictEqual(order(events, [call("kill", 20, { shimFds: [] })]), [
    "exitStatus",
    "kill",
    "kill.end",
    "exit_eof~shim_exit",
  ], "no descriptors at all is no proof: the shim was gone");
  const other = [{ link: "/dev/null" }] as Call["shimFds"];
  deepStrictEqual(order(events, [call("kill", 20, { shimFds: other })]), [
    "exitStatus",
    "exit_eof",
    "kill",
    "kill.end",
    "shim_exit",
  ]);
});

Deno.test("moments() takes the order of two files from inotify, not the clock", () => {
  deepStrictEqual(
    order([exitClosed(11), statusWritten(11), exitEof(12)], []),
    ["exit_eof", "exitStatus"],
  );
  deepStrictEqual(
    order([exitEof(10), statusWritten(11), exitClosed(11)], []),
    ["exitStatus", "exit_eof"],
  );
});
