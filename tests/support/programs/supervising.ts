/**
 * What the loop, the reaper, the runtime's calls and the waits for the daemon
 * do with child processes, as facts to be judged.
 */
import { pipe } from "../../../ffi/fd.ts";
import { becomeSubreaper, killProcess } from "../../../ffi/process.ts";
import { listenForChildren } from "../../../ffi/signals.ts";
import { read, write } from "../../../ffi/transfer.ts";
import { openForWriting, openOutput } from "../../../src/daemon/fifo.ts";
import { EventLoop } from "../../../src/loop/event_loop.ts";
import { Allowance } from "../../../src/loop/limits.ts";
import {
  descendants,
  isBelow,
  walkDescendants,
} from "../../../src/processes/descendants.ts";
import { type Holder, searchHolders } from "../../../src/processes/holders.ts";
import { Reaper } from "../../../src/processes/reaper.ts";
import {
  type CallResult,
  type CallStdio,
  Runtime,
} from "../../../src/runtime/calls.ts";
import { compiled } from "../build.ts";
import { fdsNow } from "../own_files.ts";
import { kill } from "../posix.ts";
import { children, process } from "../processes.ts";
import { nothing, start as startProgram } from "./family.ts";
import { leakedSince, play, withRoomFor } from "./stage.ts";

becomeSubreaper();
const loop = new EventLoop((message) => console.error(message));
const reaper = new Reaper(listenForChildren(), loop);
const stdio: CallStdio = [nothing, nothing, nothing];

function start(script: string, out = nothing): number {
  const stdio = [nothing, out, nothing] as const;
  return startProgram(["/bin/sh", "-c", script], { stdio });
}

function serveUntil(done: () => boolean): boolean {
  return loop.runUntil(done, new Allowance(20_000));
}

const childless = () => children(Deno.pid).length === 0;

function describe(action: () => unknown): string {
  try {
    action();
    return "no error";
  } catch (error) {
    return (error as Error).message;
  }
}

/** Whether descriptors are as they were, and no child is left. */
function clean<T>(action: () => T) {
  const before = fdsNow();
  const result = action();
  const left = children(Deno.pid).length;
  return { result, left, leaked: leakedSince(before) };
}

/** The same for a call of a runtime, and what came of it. */
function callCleanly(action: () => CallResult) {
  const { result: { ending, output }, ...rest } = clean(action);
  return { ...rest, ending, output };
}

await play({
  // ---- the reaper ----------------------------------------------------------

  endings() {
    const exits = reaper.expect(start("exit 3"));
    const killed = reaper.expect(start("kill -9 $$"));
    const early = exits.ending ?? "none";
    serveUntil(() => exits.ending !== undefined && killed.ending !== undefined);
    return { early, exits: exits.ending, killed: killed.ending };
  },

  /** Somebody of whom nobody said that he matters. */
  strangers() {
    const unheard = start("exit 3");
    serveUntil(childless);
    reaper.rememberStrangers();
    const before = reaper.strangersEnding(unheard) ?? "none";
    const pid = start("exit 4");
    serveUntil(childless);
    const known = reaper.strangersEnding(pid);
    // Now the number is somebody else's.
    const child = reaper.expect(pid);
    const then = reaper.strangersEnding(pid) ?? "none";
    reaper.forgetStrangers();
    const later = start("exit 5");
    serveUntil(childless);
    return {
      before,
      known,
      then,
      child: child.ending ?? "none",
      after: reaper.strangersEnding(later) ?? "none",
    };
  },

  storm(count: string) {
    reaper.rememberStrangers();
    const file = Deno.makeTempFileSync({ prefix: "shim-unit-" });
    start(`exec '${compiled("support/orphans.c")}' ${count} >${file}`);
    serveUntil(childless);
    const all = Deno.readTextFileSync(file).trim().split("\n");
    Deno.removeSync(file);
    const known = all.filter((pid) => reaper.strangersEnding(Number(pid)));
    return { all: all.length, known: known.length };
  },

  /** All have ended before the loop turns: a pipe is served among them. */
  many(count: string) {
    const { readEnd, writeEnd } = pipe("test");
    const pids = Array.from({ length: Number(count) }, () => start("exit 0"));
    const zombies = () =>
      children(Deno.pid).filter(({ state }) => state === "Z").length;
    while (zombies() < pids.length);
    write(writeEnd, new Uint8Array(1));
    let leftWhenServed = -1;
    loop.watch("it", readEnd, "input", {
      ready() {
        read(readEnd, new Uint8Array(1));
        leftWhenServed = zombies();
      },
    });
    const all = serveUntil(childless);
    return { all, leftWhenServed };
  },

  // ---- who is below, who holds what ------------------------------------------

  family() {
    const script = "sh -c 'sleep 60 & sleep 60' & sleep 60";
    const top = start(script);
    serveUntil(() => (descendants(top) ?? []).length === 4);
    const found = descendants(Deno.pid)!;
    const names = found.map((pid) => process(pid)!.comm).sort();
    const facts = {
      names,
      below: found.every((pid) => isBelow(pid, Deno.pid)),
      self: isBelow(Deno.pid, Deno.pid),
      init: isBelow(1, Deno.pid),
      nobody: isBelow(2 ** 30, Deno.pid),
      ofNobody: descendants(2 ** 30) ?? "undefined",
    };
    for (const pid of found) killProcess(pid);
    serveUntil(childless);
    return { ...facts, then: descendants(Deno.pid) };
  },

  manyChildren() {
    const { readEnd, writeEnd } = pipe("test");
    const stdio = [readEnd, nothing, nothing] as const;
    const many = Array.from(
      { length: 1_000 },
      () => startProgram(["/bin/cat"], { stdio }),
    );
    const found = descendants(Deno.pid)!;
    const walk = [...walkDescendants(Deno.pid)];
    for (const pid of many) killProcess(pid);
    serveUntil(childless);
    readEnd.close();
    writeEnd.close();
    return {
      all: many.every((pid) => found.includes(pid)),
      others: found.filter((pid) => !many.includes(pid)),
      same: walk.filter((pid) => pid !== undefined).length === found.length,
      stepsWithout: walk.filter((pid) => pid === undefined).length > 1_000,
    };
  },

  holders() {
    const before = fdsNow();
    const { readEnd, writeEnd } = pipe("test");
    const link = Deno.readLinkSync(`/proc/self/fd/${readEnd.raw}`);
    const outputs = { pipes: [link], terminal: undefined };
    // A reader is no holder.
    const stdio = [readEnd, nothing, nothing] as const;
    const reader = startProgram(["/bin/sleep", "60"], { stdio });
    const holder = start("exec sleep 60", writeEnd);
    const asleep = (pid: number) => process(pid)?.comm === "sleep";
    serveUntil(() => asleep(holder) && asleep(reader));
    const found: Holder[] = [];
    const steps = [...searchHolders(outputs, found)].length;
    const given = searchHolders(outputs, []);
    given.next();
    given.return();
    const none: Holder[] = [];
    const other = { pipes: ["pipe:[1]"], terminal: undefined };
    const allSteps = [...searchHolders(other, none)].length;
    for (const pid of [reader, holder]) killProcess(pid);
    serveUntil(childless);
    readEnd.close();
    writeEnd.close();
    return {
      found: found.map(({ pid, name }) => [pid === holder, name]),
      none,
      onlyOwn: steps < allSteps,
      leaked: leakedSince(before),
    };
  },

  // ---- the runtime -----------------------------------------------------------

  call(command: string, bundle: string, ...args: string[]) {
    const runtime = new Runtime(command, loop, reaper, nothing);
    const before = runtime.called;
    return {
      ...callCleanly(() => runtime.call(args, bundle, stdio)),
      called: [before, runtime.called],
      stillHere: Deno.cwd(),
    };
  },

  output(command: string, limit: string, bundle: string, ...args: string[]) {
    const runtime = new Runtime(command, loop, reaper, nothing);
    return callCleanly(() =>
      runtime.callForOutput(args, bundle, Number(limit))
    );
  },

  /** With no descriptor left, to listen to it or to look at anything. */
  exhausted(command: string) {
    const runtime = new Runtime(command, loop, reaper, nothing);
    return callCleanly(() =>
      withRoomFor(0, () => runtime.callForOutput(["delete", "box"], ""))
    );
  },

  errors(command: string, bundle: string) {
    const runtime = new Runtime(command, loop, reaper, nothing);
    return clean(() => ({
      call: describe(() => runtime.call(["create"], bundle, stdio)),
      output: describe(() => runtime.callForOutput(["delete"], bundle)),
    }));
  },

  /** Ends with its own child still running, which holds its output. */
  background(command: string) {
    const runtime = new Runtime(command, loop, reaper, nothing);
    const { ending, output } = runtime.callForOutput([], "");
    killProcess(Number(output));
    return { ending, numeric: Number(output) > 0, all: serveUntil(childless) };
  },

  /** Leaves a process behind that prints when the call is long over. */
  lateWords(command: string) {
    const runtime = new Runtime(command, loop, reaper, nothing);
    const { output } = runtime.callForOutput([], "");
    Deno.writeTextFileSync("gate", "go on\n");
    return {
      output,
      all: serveUntil(childless),
      said: Deno.readTextFileSync("said"),
    };
  },

  // ---- the daemon's FIFOs ----------------------------------------------------

  /** A reader that comes while it is waited for. */
  lateReader(path: string) {
    const reader = start(`sleep 0.2; exec cat <${path} >${path}.out`);
    const allowance = new Allowance(10_000);
    const result = clean(() => {
      const fd = openForWriting(path, "FIFO", { loop, reaper, allowance });
      write(fd, new TextEncoder().encode("late"));
      fd.close();
      serveUntil(childless);
      return allowance.left > 0;
    });
    killProcess(reader);
    return result;
  },

  noReader(path: string) {
    const allowance = new Allowance(150);
    const waiting = { loop, reaper, allowance };
    return clean(() => ({
      first: describe(() => openForWriting(path, "stdout", waiting)),
      // The time is over for this one too.
      second: describe(() => openOutput(path, "stderr", "needed", waiting)),
      left: allowance.left,
    }));
  },

  /** Stopped until the time is over, while the reader comes. */
  stoppedReader(path: string) {
    const script = `sleep 0.3; kill -STOP ${Deno.pid}; ` +
      `(exec sleep 60 <${path}) & sleep 2; kill -CONT ${Deno.pid}; kill $!`;
    start(script);
    const allowance = new Allowance(1_000);
    const waiting = { loop, reaper, allowance };
    const outcome = describe(() => openForWriting(path, "FIFO", waiting));
    serveUntil(childless);
    return outcome;
  },

  signalled(path: string) {
    // Somebody kills the child that waits: it is no reason to give up.
    const allowance = new Allowance(10_000);
    const script =
      `sleep 0.2; kill -9 $(cat /proc/${Deno.pid}/task/*/children` +
      ` | tr ' ' '\\n' | grep -v $$ | head -n 1); sleep 0.2; cat <${path}`;
    start(script);
    const waiting = { loop, reaper, allowance };
    const outcome = describe(() =>
      openForWriting(path, "FIFO", waiting).close()
    );
    serveUntil(childless);
    return outcome;
  },
});

// Kept for what is stopped above: no child outlives this program.
for (const { pid } of children(Deno.pid)) kill(pid, 9);
