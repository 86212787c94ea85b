/** What ffi/signals.ts does to a process, as facts to be judged by a test. */
import { O_RDWR, POLLIN } from "../../../ffi/constants.ts";
import { type Fd, open } from "../../../ffi/fd.ts";
import { PollSet } from "../../../ffi/poll.ts";
import { reapAny, spawn } from "../../../ffi/process.ts";
import {
  childEvents,
  childEventsTaken,
  ignoreSignals,
  sealInheritedFds,
} from "../../../ffi/signals.ts";
import { read } from "../../../ffi/transfer.ts";
import { fdsNow } from "../own_files.ts";
import { kill } from "../posix.ts";
import { openFds, process, signalSets } from "../processes.ts";
import { freeChildDescriptor, leakedSince, play } from "./stage.ts";

const SIGKILL = 9;
const SIGCHLD = 17;
const SIGCONT = 18;
const SIGSTOP = 19;
const UNTOUCHABLE = [SIGKILL, SIGCHLD, SIGSTOP];

function startChild(script: string): number {
  using nothing = open("/dev/null", O_RDWR, '"/dev/null"');
  return spawn({
    path: "/bin/sh",
    argv: ["sh", "-c", script],
    stdio: [nothing, nothing, nothing],
    signalMask: new Uint8Array(128),
  });
}

/** Whether the descriptor becomes readable in time. */
function readable(fd: Fd, milliseconds: number): boolean {
  const polls = new PollSet();
  const end = performance.now() + milliseconds;
  do {
    polls.set(0, fd.raw, POLLIN);
    polls.wait(1, Math.max(0, Math.ceil(end - performance.now())));
    // An interruption (SIGCHLD itself) is no answer.
  } while (polls.ready(0) === 0 && performance.now() < end);
  return polls.ready(0) === POLLIN;
}

function flagsOf(wanted: number): string | undefined {
  return openFds(Deno.pid).find(({ fd }) => fd === wanted)?.flags;
}

function waitForState(pid: number, state: string): void {
  const end = performance.now() + 10_000;
  while (process(pid)?.state !== state) {
    if (performance.now() > end) throw new Error(`${pid} is never ${state}`);
  }
}

await play({
  ignore() {
    ignoreSignals();
    for (let signal = 1; signal <= 64; signal++) {
      if (!UNTOUCHABLE.includes(signal)) kill(Deno.pid, signal);
    }
    return { ignored: signalSets(Deno.pid).SigIgn };
  },

  seal() {
    const flags = () => [30, 31, 32, 0, 1, 2].map(flagsOf);
    const before = flags();
    sealInheritedFds();
    const after = flags();
    sealInheritedFds();
    return { before, after, again: flags() };
  },

  taken() {
    const before = childEventsTaken();
    freeChildDescriptor();
    return { before, after: childEventsTaken() };
  },

  install() {
    freeChildDescriptor();
    const before = fdsNow();
    const { fd, blockedBefore } = childEvents();
    return {
      number: fd.raw,
      opened: leakedSince(before).length,
      is: openFds(Deno.pid).find((entry) => entry.fd === fd.raw),
      readable: readable(fd, 0),
      signals: signalSets(Deno.pid),
      blockedBefore: [...blockedBefore],
    };
  },

  /** With no number below 17 left, the eventfd itself is given 17. */
  direct() {
    const fillers: Fd[] = [];
    let filler: Fd;
    do {
      filler = open("/dev/null", O_RDWR, '"/dev/null"');
      fillers.push(filler);
    } while (filler.raw < SIGCHLD);
    filler.close();
    freeChildDescriptor();
    const before = fdsNow();
    const { fd } = childEvents();
    startChild("exit 0");
    return {
      number: fd.raw,
      opened: leakedSince(before).length,
      readable: readable(fd, 10_000),
    };
  },

  child() {
    freeChildDescriptor();
    const { fd } = childEvents();
    const before = readable(fd, 0);
    const pid = startChild("exit 3");
    const afterEnd = readable(fd, 10_000);
    const counter = new Uint8Array(8);
    const count = read(fd, counter);
    const reaped = reapAny();
    return {
      before,
      afterEnd,
      count,
      counted: counter.some((byte) => byte !== 0),
      afterRead: readable(fd, 0),
      reapedIt: reaped?.pid === pid,
      ending: reaped?.ending,
    };
  },

  many(text: string) {
    freeChildDescriptor();
    const { fd } = childEvents();
    const running = new Set<number>();
    for (let i = 0; i < Number(text); i++) running.add(startChild("exit 0"));
    let rounds = 0;
    while (running.size > 0 && readable(fd, 10_000)) {
      rounds++;
      read(fd, new Uint8Array(8));
      for (let child; (child = reapAny()) !== undefined;) {
        running.delete(child.pid);
      }
    }
    return { left: running.size, rounds };
  },

  stopped() {
    freeChildDescriptor();
    const { fd } = childEvents();
    const pid = startChild("exec sleep 60");
    kill(pid, SIGSTOP);
    waitForState(pid, "T");
    const whileStopped = readable(fd, 0);
    kill(pid, SIGCONT);
    waitForState(pid, "S");
    const whenContinued = readable(fd, 0);
    kill(pid, SIGKILL);
    return {
      whileStopped,
      whenContinued,
      whenKilled: readable(fd, 10_000),
      ending: reapAny()?.ending,
    };
  },

  interrupt() {
    freeChildDescriptor();
    childEvents();
    startChild("sleep 0.05");
    const start = performance.now();
    const ready = new PollSet().wait(0, 20_000);
    return { ready, early: performance.now() - start < 15_000 };
  },
});
