/** What src/processes/reaper.ts knows of its children, as facts to be judged. */
import { O_RDWR } from "../../../ffi/constants.ts";
import { open } from "../../../ffi/fd.ts";
import { becomeSubreaper, spawn } from "../../../ffi/process.ts";
import { childEvents } from "../../../ffi/signals.ts";
import { EventLoop } from "../../../src/loop/event_loop.ts";
import { Reaper } from "../../../src/processes/reaper.ts";
import { children } from "../processes.ts";
import { freeChildDescriptor, play } from "./stage.ts";

freeChildDescriptor();
becomeSubreaper();
const loop = new EventLoop();
const reaper = new Reaper(childEvents().fd, loop);

function start(script: string): number {
  using nothing = open("/dev/null", O_RDWR, '"/dev/null"');
  return spawn({
    path: "/bin/sh",
    argv: ["sh", "-c", script],
    stdio: [nothing, nothing, nothing],
    signalMask: new Uint8Array(128),
  });
}

function serveUntil(done: () => boolean): boolean {
  return loop.runUntil(done, performance.now() + 10_000);
}

const childless = () => children(Deno.pid).length === 0;

await play({
  endings() {
    const exits = start("exit 3");
    const killed = start("kill -9 $$");
    const early = [reaper.hasReaped(exits), reaper.endingOf(exits) ?? "none"];
    serveUntil(() => reaper.hasReaped(exits) && reaper.hasReaped(killed));
    return {
      early,
      exits: reaper.endingOf(exits),
      killed: reaper.endingOf(killed),
      // Asked again, it is still known.
      again: reaper.hasReaped(exits),
      childless: childless(),
    };
  },

  /** Known before anybody said that it matters: a short-lived init. */
  keepOnly() {
    const init = start("exit 4");
    const other = start("exit 5");
    serveUntil(childless);
    reaper.keepOnly(init);
    const later = start("exit 6");
    const call = start("exit 7");
    reaper.expect(call);
    serveUntil(childless);
    return {
      init: reaper.endingOf(init),
      other: reaper.endingOf(other) ?? "none",
      later: reaper.endingOf(later) ?? "none",
      call: reaper.endingOf(call),
    };
  },

  /** A number that the kernel has given out twice. */
  reused() {
    const pid = start("exit 9");
    serveUntil(() => reaper.hasReaped(pid));
    reaper.expect(pid);
    return { known: reaper.hasReaped(pid) };
  },

  keepOnlyBefore() {
    const init = start("read x; exit 8");
    reaper.keepOnly(init);
    serveUntil(() => reaper.hasReaped(init));
    return { init: reaper.endingOf(init) };
  },

  /** Grandchildren whose parent ends at once. */
  orphans() {
    const parent = start("for i in 1 2 3 4 5; do sleep 0.1 & done; exit 0");
    serveUntil(() => reaper.hasReaped(parent));
    const adopted = children(Deno.pid).length;
    return { adopted, all: serveUntil(childless) };
  },

  /** All have ended before the loop turns once: SIGCHLDs coalesce. */
  coalesced() {
    const pids = Array.from({ length: 100 }, () => start("exit 0"));
    const zombies = () =>
      children(Deno.pid).filter(({ state }) => state === "Z").length;
    while (zombies() < pids.length);
    loop.serveReady();
    return {
      reaped: pids.filter((pid) => reaper.hasReaped(pid)).length,
      left: zombies(),
    };
  },
});
