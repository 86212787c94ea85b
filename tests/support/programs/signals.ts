/** What ffi/signals.ts does, as facts to be judged. */
import { F_GETFD } from "../../../ffi/constants.ts";
import { type Fd, pipe } from "../../../ffi/fd.ts";
import { libc } from "../../../ffi/libc.ts";
import { PollSet } from "../../../ffi/poll.ts";
import { becomeSubreaper, killProcess, reapAny } from "../../../ffi/process.ts";
import {
  ignoreSignals,
  listenForChildren,
  sealInheritedFds,
} from "../../../ffi/signals.ts";
import { read, write } from "../../../ffi/transfer.ts";
import { compiled } from "../build.ts";
import { fdsNow } from "../own_files.ts";
import { kill } from "../posix.ts";
import { children, openFds, signalSets } from "../processes.ts";
import {
  inspect,
  PATIENCE,
  reap,
  shell,
  sleeper,
  untilState,
} from "./family.ts";
import { leakedSince, play } from "./stage.ts";

/** Waits for the descriptor as the shim does; false when it was in vain. */
function becomesReadable(fd: Fd, milliseconds: number): boolean {
  const polls = new PollSet();
  const end = performance.now() + milliseconds;
  for (;;) {
    polls.set(0, fd.raw, "input");
    polls.wait(1, Math.max(0, end - performance.now()));
    if (polls.ready(0)?.input) return true;
    // An interruption, SIGCHLD itself, is no answer.
    if (performance.now() >= end) return false;
  }
}

/** Takes what has been counted, and says how much that was. */
function empty(wakeUps: Fd): number {
  const counter = new BigUint64Array(1);
  read(wakeUps, new Uint8Array(counter.buffer));
  return Number(counter[0]);
}

/** Has a libc function fail, as on a machine that does not have its use. */
function refuse(name: "closeRange" | "opendir", value: () => unknown): void {
  Object.defineProperty(libc, name, { value });
}

await play({
  ignore() {
    ignoreSignals();
    const untouchable = [9, 17, 19];
    for (let signal = 1; signal <= 64; signal++) {
      if (!untouchable.includes(signal)) kill(Deno.pid, signal);
    }
    return { ignored: signalSets(Deno.pid).SigIgn };
  },

  /** Whether each is close-on-exec, before and after. */
  seal(without: string, ...fds: string[]) {
    const sealed = () =>
      fds.map((fd) => libc.fcntl(Number(fd), F_GETFD, 0) === 1);
    if (without !== "nothing") refuse("closeRange", () => -1);
    if (without === "/proc") refuse("opendir", () => null);
    const before = sealed();
    const open = fdsNow();
    sealInheritedFds();
    return { before, after: sealed(), leaked: leakedSince(open) };
  },

  listen() {
    const before = fdsNow();
    const fd = listenForChildren();
    const signals = signalSets(Deno.pid);
    const pid = sleeper();
    return {
      opened: leakedSince(before).length,
      is: openFds(Deno.pid).find((entry) => entry.fd === fd.raw),
      readable: becomesReadable(fd, 0),
      signals,
      child: inspect(pid, () => signalSets(pid)),
    };
  },

  listenToOne() {
    const fd = listenForChildren();
    const before = becomesReadable(fd, 0);
    const pid = shell("exit 3");
    const afterEnd = becomesReadable(fd, PATIENCE);
    const wakeUps = empty(fd);
    const reaped = reapAny();
    return {
      before,
      afterEnd,
      wakeUps,
      afterRead: becomesReadable(fd, 0),
      reapedIt: reaped?.pid === pid,
    };
  },

  /** Orphans that end whenever they like, while this process sleeps. */
  listenToMany(count: string) {
    becomeSubreaper();
    const fd = listenForChildren();
    const orphans = compiled("support/orphans.c");
    const parent = shell(`exec '${orphans}' ${count} >/dev/null`);
    let reaped = 0;
    let ended = false;
    while (!ended || children(Deno.pid).length > 0) {
      if (!becomesReadable(fd, PATIENCE)) break;
      empty(fd);
      for (let child; (child = reapAny()) !== undefined;) {
        reaped++;
        ended ||= child.pid === parent;
      }
    }
    return { reaped, left: children(Deno.pid).length };
  },

  listenToStops() {
    const fd = listenForChildren();
    const pid = sleeper();
    kill(pid, 19);
    untilState(pid, "T");
    const whileStopped = becomesReadable(fd, 0);
    kill(pid, 18);
    untilState(pid, "S");
    const whenContinued = becomesReadable(fd, 0);
    killProcess(pid);
    const whenKilled = becomesReadable(fd, PATIENCE);
    return { whileStopped, whenContinued, whenKilled };
  },

  /** A child has ended, and so has the wait, for another reason. */
  listenToOther() {
    const wakeUps = listenForChildren();
    const { readEnd, writeEnd } = pipe("test");
    write(writeEnd, new Uint8Array(1));
    const pid = shell("exit 3");
    untilState(pid, "Z");
    const told = () => {
      const polls = new PollSet();
      polls.set(0, wakeUps.raw, "input");
      polls.set(1, readEnd.raw, "input");
      polls.wait(2, PATIENCE);
      return { other: polls.ready(1)?.input ?? false, child: empty(wakeUps) };
    };
    const before = told();
    const reaped = reap().pid === pid;
    read(readEnd, new Uint8Array(1));
    return { before, reaped, then: told() };
  },

  /** SIGCHLD without end from another process; a pipe is served meanwhile. */
  flood(rounds: string) {
    const wakeUps = listenForChildren();
    const flooder = shell(`while :; do kill -CHLD ${Deno.pid}; done`);
    const { readEnd, writeEnd } = pipe("test");
    const polls = new PollSet();
    const wait = () => {
      polls.set(0, wakeUps.raw, "input");
      polls.set(1, readEnd.raw, "input");
      polls.wait(2, PATIENCE);
      return polls.ready(1)?.input ?? false;
    };
    let calm = 0;
    let passedOver = 0;
    for (let i = 0; i < Number(rounds); i++) {
      // Nothing but the flood can end this one.
      wait();
      if (empty(wakeUps) === 0) calm++;
      write(writeEnd, new Uint8Array(1));
      if (!wait()) passedOver++;
      read(readEnd, new Uint8Array(1));
    }
    killProcess(flooder);
    reap();
    return { calm, passedOver };
  },
});
