/** What ffi/child.ts does, as facts to be judged. */
import { WaitingOpen } from "../../../ffi/child.ts";
import { open } from "../../../ffi/fd.ts";
import { makeDirectory } from "../../../ffi/path.ts";
import { killProcess } from "../../../ffi/process.ts";
import {
  ignoreSignals,
  listenForChildren,
  sealInheritedFds,
} from "../../../ffi/signals.ts";
import { bytesToText } from "../../../ffi/text.ts";
import { write } from "../../../ffi/transfer.ts";
import { pipe } from "../../../ffi/fd.ts";
import { fdsNow } from "../own_files.ts";
import { kill } from "../posix.ts";
import { children, openFds, process, signalSets } from "../processes.ts";
import {
  failureOf,
  inspect,
  nothing,
  outputOf,
  reap,
  sleeper,
  start,
  untilState,
} from "./family.ts";
import { leakedSince, play } from "./stage.ts";

/** Collects garbage, with --expose-gc. */
const { gc } = globalThis as unknown as { gc: (how?: unknown) => void };

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
    return inspect(sleeper(), (proc) => {
      const [ours, theirs] = ["/proc/self", proc].map((
        path,
      ) => [...Deno.readFileSync(`${path}/environ`)]);
      return { ours, theirs };
    });
  },

  /** Arguments in hexadecimal, and so what has arrived, each with a NUL. */
  arguments(...args: string[]) {
    const texts = args.map((hex) => bytesToText(Uint8Array.fromHex(hex)));
    return outputOf(["/usr/bin/printf", "%s\\0", ...texts]).toHex();
  },

  /** A program and a directory whose names are no UTF-8. */
  oddNames(directory: string) {
    const name = bytesToText(new Uint8Array([0x6d, 0xfc]));
    const [place, path] = [`${directory}/in-${name}`, `${directory}/${name}`];
    makeDirectory(place, 0o700);
    {
      using file = open(path, ["write", "create"], "it", 0o700);
      write(file, new TextEncoder().encode('#!/bin/sh\necho "$0"\npwd\n'));
    }
    return outputOf([path], { directory: place }).toHex();
  },

  errors(directory: string) {
    const huge = Array.from({ length: 100 }, () => "x".repeat(100_000));
    const before = fdsNow();
    const at = (path: string) => () => start(["sleep"], { path });
    const failures = {
      missing: failureOf(at("/no/such/program")),
      notExecutable: failureOf(at(`${directory}/text`)),
      directory: failureOf(at(directory)),
      noProgram: failureOf(at(`${directory}/garbage`)),
      badInterpreter: failureOf(at(`${directory}/orphan`)),
      belowFile: failureOf(at(`${directory}/text/below`)),
      tooLong: failureOf(() => start(["/bin/sleep", ...huge])),
      nul: failureOf(() => start(["/bin/sleep", "6\0"])),
      bundle: failureOf(() => start(["/bin/sleep"], { directory: "/no/such" })),
    };
    return {
      failures,
      leaked: leakedSince(before),
      children: children(Deno.pid).length,
    };
  },

  /** Many starts, while the engine moves and frees what it may. */
  many(count: string) {
    const run = (times: number) => {
      let wrong = 0;
      for (let i = 0; i < times; i++) {
        const pid = start(["/bin/sh", "-c", `exit ${i % 100}`]);
        if (i % 20 === 0) gc({ type: "minor" });
        const { pid: ended, ending } = reap();
        const code = ending.kind === "exited" ? ending.code : undefined;
        if (pid !== ended || code !== i % 100) wrong++;
      }
      gc();
      return wrong;
    };
    // What the engine needs for the first ones stays.
    run(300);
    const before = { fds: fdsNow(), memory: ownMemory() };
    const wrong = run(Number(count));
    const grown = ownMemory() - before.memory;
    return { wrong, leaked: leakedSince(before.fds), grown };
  },

  /** Starts a child and ends, by a signal, leaving it behind. */
  leave() {
    leaveBehind(sleeper());
  },

  /** The same, for somebody who kills it while the child is made. */
  beKilled(directory: string, program: string) {
    Deno.writeTextFileSync(`${directory}/parent.new`, String(Deno.pid));
    Deno.renameSync(`${directory}/parent.new`, `${directory}/parent`);
    start([program], { directory });
  },

  waitingOpen(path: string) {
    const before = fdsNow();
    const opening = new WaitingOpen(path, ["write"]);
    gc();
    untilState(opening.pid, "S");
    const early = opening.take() ?? "nothing";
    using reader = open(path, ["read", "nonblocking"], "it");
    const { pid, ending } = reap();
    gc();
    using fd = opening.take()!;
    const { link, flags } = openFds(Deno.pid).find((entry) =>
      entry.fd === fd.raw
    )!;
    const facts = { early, itself: pid === opening.pid, ending, link };
    for (const end of [fd, reader]) end.close();
    return {
      ...facts,
      flags: parseInt(flags, 8),
      leaked: leakedSince(before),
      children: children(Deno.pid).length,
    };
  },

  /** Killed while it waits, and what cannot be opened. */
  waitingOpenInVain(path: string) {
    const before = fdsNow();
    const tried = [path, "/no/such/file"].map((what) => {
      const opening = new WaitingOpen(what, ["write"]);
      if (what === path) {
        untilState(opening.pid, "S");
        killProcess(opening.pid);
      }
      return { ending: reap().ending, file: opening.take() ?? "nothing" };
    });
    return { tried, leaked: leakedSince(before) };
  },

  /** Starts to wait for a FIFO and ends, by a signal. */
  leaveWaiting(path: string) {
    const { pid } = new WaitingOpen(path, ["write"]);
    untilState(pid, "S");
    leaveBehind(pid);
  },
});

/** Tells of a child, and ends by a signal. */
function leaveBehind(child: number): void {
  const facts = new TextEncoder().encode(JSON.stringify({ child }));
  write(open("/dev/stdout", ["write"], "it"), facts);
  kill(Deno.pid, 9);
}

/** In kB: what is nobody else's. */
function ownMemory(): number {
  const status = Deno.readTextFileSync("/proc/self/status");
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)![1]);
}
