/** What ffi/child.ts, process.ts and signals.ts do, as facts to be judged. */
import { spawn, WaitingOpen } from "../../../ffi/child.ts";
import { SystemError } from "../../../ffi/errno.ts";
import { type Fd, open, pipe } from "../../../ffi/fd.ts";
import { libc } from "../../../ffi/libc.ts";
import { loadedMachineCode } from "../../../ffi/machine_code.ts";
import { PollSet } from "../../../ffi/poll.ts";
import {
  becomeSubreaper,
  type Ending,
  exitNow,
  hideFromOthers,
  killProcess,
  kinship,
  reapAny,
} from "../../../ffi/process.ts";
import {
  ignoreSignals,
  listenForChildren,
  sealInheritedFds,
} from "../../../ffi/signals.ts";
import { read, write } from "../../../ffi/transfer.ts";
import { fdsNow } from "../own_files.ts";
import { kill } from "../posix.ts";
import { children, openFds, process, signalSets } from "../processes.ts";
import { leakedSince, play } from "./stage.ts";

const nothing = open("/dev/null", ["read and write"], '"/dev/null"');
const PATIENCE = 10_000;

// Once for the whole process: its eventfd is no leak of what is tried here.
loadedMachineCode();

function start(
  argv: string[],
  more: Partial<Parameters<typeof spawn>[0]> = {},
): number {
  const stdio = [nothing, nothing, nothing] as const;
  return spawn({ path: argv[0], argv, stdio, directory: "", ...more });
}

const shell = (script: string) => start(["/bin/sh", "-c", script]);

function until(condition: () => boolean, what: string): void {
  const end = performance.now() + PATIENCE;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`never: ${what}`);
  }
}

/** Waits for one child. */
function reap(): { pid: number; ending: Ending } {
  let child: ReturnType<typeof reapAny>;
  until(() => (child = reapAny()) !== undefined, "a child has ended");
  return child!;
}

/** Looks at a child that sleeps, then ends and reaps it. */
function inspect<T>(pid: number, look: (proc: string) => T): T {
  until(() => process(pid)?.state === "S", "it sleeps");
  try {
    return look(`/proc/${pid}`);
  } finally {
    killProcess(pid);
    reap();
  }
}

/** What a program prints to its descriptor 1. */
function outputOf(argv: string[], directory = ""): string {
  const { readEnd, writeEnd } = pipe("test");
  start(argv, { stdio: [nothing, writeEnd, nothing], directory });
  writeEnd.close();
  let text = "";
  const buffer = new Uint8Array(65536);
  for (;;) {
    const result = read(readEnd, buffer);
    if (result.kind !== "moved") break;
    text += new TextDecoder().decode(buffer.subarray(0, result.bytes));
  }
  readEnd.close();
  reap();
  return text;
}

function describe(action: () => unknown): string {
  try {
    action();
    return "no error";
  } catch (error) {
    if (!(error instanceof SystemError)) return (error as Error).name;
    return `${error.syscall}: ${error.message}`;
  }
}

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

await play({
  /** As the shim is: deaf to signals, with leaked descriptors sealed. */
  child(directory: string) {
    ignoreSignals();
    sealInheritedFds();
    listenForChildren();
    const { readEnd, writeEnd } = pipe("test");
    const pid = start(["/bin/sleep", "60"], {
      argv: ["other name", "60"],
      stdio: [readEnd, writeEnd, nothing],
      directory,
    });
    return inspect(pid, (proc) => ({
      signals: signalSets(pid),
      fds: openFds(pid).map(({ fd, link }) => [fd, link]),
      pipe: Deno.readLinkSync(`/proc/self/fd/${readEnd.raw}`),
      cwd: Deno.readLinkSync(`${proc}/cwd`),
      stillHere: Deno.cwd(),
      commandLine: Deno.readTextFileSync(`${proc}/cmdline`),
      parent: process(pid)!.ppid === Deno.pid,
    }));
  },

  environment() {
    const pid = start(["/bin/sleep", "60"]);
    return inspect(pid, (proc) => {
      const [ours, theirs] = ["/proc/self", proc].map((path) =>
        Deno.readFileSync(`${path}/environ`)
      );
      const same = ours.every((byte, i) => byte === theirs[i]);
      return { same: same && ours.length === theirs.length, bytes: [...ours] };
    });
  },

  arguments(...args: string[]) {
    return outputOf(["/usr/bin/printf", "<%s>", ...args]);
  },

  errors(directory: string) {
    const huge = Array.from({ length: 100 }, () => "x".repeat(100_000));
    const before = fdsNow();
    const at = (path: string) => () => start(["sleep"], { path });
    const failures = {
      missing: describe(at("/no/such/program")),
      notExecutable: describe(at(`${directory}/text`)),
      directory: describe(at(directory)),
      noProgram: describe(at(`${directory}/garbage`)),
      badInterpreter: describe(at(`${directory}/orphan`)),
      belowFile: describe(at(`${directory}/text/below`)),
      tooLong: describe(() => start(["/bin/sleep", ...huge])),
      nul: describe(() => start(["/bin/sleep", "6\0"])),
      bundle: describe(() => start(["/bin/sleep"], { directory: "/no/such" })),
    };
    return {
      failures,
      leaked: leakedSince(before),
      children: children(Deno.pid).length,
    };
  },

  /** Many starts, while the engine moves and frees what it may. */
  many(count: string) {
    const before = fdsNow();
    const { gc } = globalThis as { gc?: () => void };
    let wrong = 0;
    for (let i = 0; i < Number(count); i++) {
      const pid = start(["/bin/sh", "-c", `exit ${i % 100}`]);
      if (i % 20 === 0) gc?.();
      const { pid: ended, ending } = reap();
      if (pid !== ended || ending.kind !== "exited") wrong++;
      else if (ending.code !== i % 100) wrong++;
    }
    return { wrong, leaked: leakedSince(before) };
  },

  /** Starts a child and ends, by a signal, leaving it behind. */
  leave() {
    const child = start(["/bin/sleep", "60"]);
    write(open("/dev/stdout", ["write"], "it"), encode({ child }));
    kill(Deno.pid, 9);
  },

  /** The same, for somebody who kills it while the child is made. */
  beKilled(program: string) {
    write(open("/dev/stdout", ["write"], "it"), encode({ parent: Deno.pid }));
    start([program]);
  },

  waitingOpen(path: string) {
    const before = fdsNow();
    const opening = new WaitingOpen(path, ["write"]);
    until(() => process(opening.pid)?.state === "S", "it waits");
    const early = opening.take();
    using reader = open(path, ["read", "nonblocking"], "it");
    const { pid, ending } = reap();
    const fd = opening.take()!;
    const link = Deno.readLinkSync(`/proc/self/fd/${fd.raw}`);
    const flags = openFds(Deno.pid).find((entry) => entry.fd === fd.raw)!.flags;
    fd.close();
    reader.close();

    const killed = new WaitingOpen(path, ["write"]);
    killProcess(killed.pid);
    reap();
    const missing = new WaitingOpen("/no/such/file", ["write"]);
    const status = reap().ending;
    return {
      early: early ?? "nothing",
      itself: pid === opening.pid,
      ending,
      link,
      flags,
      killed: killed.take() ?? "nothing",
      missing: missing.take() ?? "nothing",
      status,
      leaked: leakedSince(before),
      children: children(Deno.pid).length,
    };
  },

  endings() {
    return ["exit 0", "exit 3", "kill -9 $$", "kill -15 $$"].map((script) => {
      const pid = shell(script);
      const child = reap();
      return { own: child.pid === pid, ...child.ending };
    });
  },

  /** Nothing to reap: no child at all, a running one, a stopped one. */
  nobody() {
    const none = reapAny() ?? "none";
    const pid = start(["/bin/sleep", "60"]);
    const living = [reapAny() ?? "none", kinship(pid)];
    kill(pid, 19);
    until(() => process(pid)!.state === "T", "it is stopped");
    const stopped = [reapAny() ?? "none", kinship(pid)];
    killProcess(pid);
    until(() => process(pid)!.state === "Z", "it has ended");
    const ended = kinship(pid);
    const killed = reap().ending;
    // The number is nobody's by now.
    killProcess(pid);
    return { none, living, stopped, ended, killed, after: kinship(pid) };
  },

  subreaper() {
    const { symbols: { prctl } } = Deno.dlopen("libc.so.6", {
      prctl: { parameters: ["i32", "buffer"], result: "i32" },
    });
    const value = () => {
      const result = new Int32Array(1);
      prctl(37, result); // PR_GET_CHILD_SUBREAPER
      return result[0];
    };
    const before = value();
    becomeSubreaper();
    const script = "sleep 60 >/dev/null 2>&1 & echo $!";
    const orphan = Number(outputOf(["/bin/sh", "-c", script]));
    const adopted = process(orphan)!.ppid === Deno.pid;
    killProcess(orphan);
    const { pid, ending } = reap();
    return {
      before,
      after: value(),
      adopted,
      reaped: pid === orphan && ending,
    };
  },

  hide() {
    const PR_GET_DUMPABLE = 3;
    const value = () => libc.prctl(PR_GET_DUMPABLE, 0n, 0n, 0n, 0n);
    const before = value();
    hideFromOthers();
    return { before, after: value() };
  },

  exit(status: string) {
    addEventListener("unload", () => console.log("a handler ran"));
    exitNow(Number(status));
  },

  ignore() {
    ignoreSignals();
    const untouchable = [9, 17, 19];
    for (let signal = 1; signal <= 64; signal++) {
      if (!untouchable.includes(signal)) kill(Deno.pid, signal);
    }
    return { ignored: signalSets(Deno.pid).SigIgn };
  },

  seal() {
    const flagsOf = (fd: number) =>
      openFds(Deno.pid).find((entry) => entry.fd === fd)?.flags;
    const flags = () => [30, 31, 32, 0, 1, 2].map(flagsOf);
    const before = flags();
    sealInheritedFds();
    const after = flags();
    sealInheritedFds();
    return { before, after, again: flags() };
  },

  listen() {
    const before = fdsNow();
    const fd = listenForChildren();
    const signals = signalSets(Deno.pid);
    const pid = start(["/bin/sleep", "60"]);
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
    const emptied = read(fd, new Uint8Array(8));
    const reaped = reapAny();
    return {
      before,
      afterEnd,
      emptied: emptied.kind,
      afterRead: becomesReadable(fd, 0),
      reapedIt: reaped?.pid === pid,
    };
  },

  /** Orphans that end whenever they like, while this process sleeps. */
  listenToMany(count: string) {
    becomeSubreaper();
    const fd = listenForChildren();
    const script =
      `i=0; while [ $i -lt ${count} ]; do ( (:) & ); i=$((i+1)); done`;
    const parent = shell(script);
    let reaped = 0;
    let ended = false;
    const counter = new Uint8Array(8);
    while (!ended || children(Deno.pid).length > 0) {
      if (!becomesReadable(fd, PATIENCE)) break;
      read(fd, counter);
      for (let child; (child = reapAny()) !== undefined;) {
        reaped++;
        ended ||= child.pid === parent;
      }
    }
    return { reaped, left: children(Deno.pid).length };
  },

  listenToStops() {
    const fd = listenForChildren();
    const pid = start(["/bin/sleep", "60"]);
    kill(pid, 19);
    until(() => process(pid)!.state === "T", "it is stopped");
    const whileStopped = becomesReadable(fd, 0);
    kill(pid, 18);
    until(() => process(pid)!.state === "S", "it goes on");
    const whenContinued = becomesReadable(fd, 0);
    killProcess(pid);
    const whenKilled = becomesReadable(fd, PATIENCE);
    return { whileStopped, whenContinued, whenKilled };
  },

  /** SIGCHLD without end from another process; a pipe is served meanwhile. */
  flood() {
    const fd = listenForChildren();
    const flooder = start([
      "/bin/sh",
      "-c",
      `while :; do kill -CHLD ${Deno.pid}; done`,
    ]);
    const { readEnd, writeEnd } = pipe("test");
    const buffer = new Uint8Array(1);
    let served = 0;
    while (served < 1000) {
      write(writeEnd, buffer);
      if (!becomesReadable(readEnd, PATIENCE)) break;
      read(readEnd, buffer);
      read(fd, new Uint8Array(8));
      served++;
    }
    killProcess(flooder);
    reap();
    return { served };
  },
});

function encode(facts: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(facts) + "\n");
}
