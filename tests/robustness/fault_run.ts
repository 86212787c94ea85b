import { Run } from "../support/harness.ts";
import { readOrNone } from "../support/look.ts";
import { close, O, open, type PosixError, write } from "../support/posix.ts";
import { type Life, STATUS } from "./fault_lives.ts";
import { describe, errorsOf, type Fault, SIGKILL } from "./fault_plan.ts";

/** What there was to see from outside when a step had failed. */
export interface Observation {
  life: string;
  /** The step that failed, or undefined when the life went another way. */
  hit: string | undefined;
  error: string;
  phase: string;
  /** Exit code, "signal N", or "still running". */
  shim: number | string | null;
  exitStatus: string | undefined;
  stdout: string;
  stderr: string;
  calls: string[];
  /** Lines of shim-log.json; undefined when one of them is no JSON. */
  log: { level: string; msg: string }[] | undefined;
  shimStderr: string;
  exitEof: boolean;
  initAlive: boolean;
  /** The init waited for what never came and was killed by the test. */
  rescued: boolean;
  /** Names in TMPDIR and unknown ones in the state directory. */
  left: string[];
  polls: number;
}

/** The shim gives up waiting after 15 s, twice at most, and a call after 30. */
const LIMIT_MS = 70_000;
/** An init that has not had its word by then never gets it. */
const STARVED_MS = 4_000;
/** A shim that is quiet so many times in a row waits for its container. */
const QUIET_LOOKS = 4;

/** Lives a life and returns what strace(1) wrote about it. */
export async function record(life: Life): Promise<string> {
  await using run = new Run();
  await play(run, life, []);
  const seen = observe(run, life);
  if (seen.shim !== 0 || seen.exitStatus !== STATUS) {
    throw new Error(`A life without faults failed: ${JSON.stringify(seen)}`);
  }
  return Deno.readTextFileSync(traceOf(run));
}

/** Lives it again with one step failing. */
export async function suffer(
  life: Life,
  fault: Fault,
): Promise<Observation> {
  const { step, error } = fault;
  await using run = new Run();
  const how = error === SIGKILL ? "signal=KILL" : `error=${error}`;
  const injection = ["-e", `inject=${step.call}:${how}:when=${step.nth}`];
  const isAstray = () => {
    const hit = hitOf(linesOf(run), fault);
    return hit !== undefined && !isMeant(fault, hit);
  };
  const rescued = await play(run, life, injection, isAstray);
  const lines = linesOf(run);
  return {
    ...observe(run, life),
    hit: hitOf(lines, fault),
    error,
    phase: step.phase,
    rescued,
    polls: lines.filter((line) => line.startsWith("ppoll(")).length,
  };
}

/** Another call of that name may be met, to which it cannot happen. */
export function isMeant({ step, error }: Fault, hit: string): boolean {
  return error === SIGKILL || errorsOf(step.call, hit).includes(error);
}

function linesOf(run: Run): string[] {
  return Deno.readTextFileSync(traceOf(run)).split("\n");
}

function traceOf(run: Run): string {
  return `${run.root}/trace`;
}

function hitOf(lines: readonly string[], fault: Fault): string | undefined {
  const line = fault.error === SIGKILL
    ? lines.findLast((text) => text.startsWith(`${fault.step.call}(`))
    : lines.find((text) => text.includes("(INJECTED)"));
  return line === undefined ? undefined : describe(line);
}

/**
 * @param isAstray tells that the life is not worth being waited for
 * @returns whether the init had to be killed
 */
async function play(
  run: Run,
  life: Life,
  injection: readonly string[],
  isAstray = () => false,
): Promise<boolean> {
  run.setup(life.setup);
  life.prepare?.(run);
  run.control("1 80 24\n");
  if (life.isUnread) run.pauseReader("stdout");
  await run.start({
    addedEnv: life.env?.(run),
    // Without -f: only the main thread, which is all of the shim, is traced
    // and has calls that fail; its children and the engine's threads are not.
    executable: "/usr/bin/strace",
    argv0: "strace",
    args: [
      ..."-D -qq -y -s 64 -e signal=none".split(" "),
      ...injection,
      "-o",
      traceOf(run),
      run.shim,
      run.id,
      run.bundle,
      run.runtime,
    ],
  });
  const end = performance.now() + LIMIT_MS;
  await run.waitUpTo(LIMIT_MS, () => {
    if (run.exited) return true;
    const stdin = run.tryOpenStdin();
    stdin?.tryWrite("ping\n");
    return stdin !== undefined;
  });
  if (life.isUnread) {
    await run.waitUpTo(STARVED_MS, () => run.exited || hasSpoken(run, life));
    run.resumeReader("stdout");
  }
  await run.waitUpTo(STARVED_MS, () => run.exited || hasAnswered(run, life));
  // A shim that is about to fail over what it does next is busy with that.
  let quiet = 0;
  await run.waitUpTo(STARVED_MS, () => {
    quiet = isQuiet(run) ? quiet + 1 : 0;
    return run.exited || quiet === QUIET_LOOKS;
  });
  let rescued = false;
  while (!run.exited && performance.now() < end) {
    await run.waitUpTo(STARVED_MS, () => run.exited || openGate(run));
    if (await run.waitUpTo(STARVED_MS, () => run.exited)) break;
    if (isAstray()) break;
    const init = initOf(run);
    // Only one that runs can starve; the shim itself may wait longer.
    if (init !== undefined && isAlive(run, init) && !rescued) {
      rescued = true;
      run.sendSignal(9, init);
    }
  }
  await run.exitsWithin(0, 80);
  await run.waitUpTo(2000, () => straceEnded(run));
  return rescued;
}

/** Its last word is here, on the stream that is read. */
function hasSpoken(run: Run, life: Life): boolean {
  return run.text("stderr") === life.stderr;
}

/** The init has said its part, and the runtime's part is done. */
function hasAnswered(run: Run, life: Life): boolean {
  const first = life.calls.filter((call) => !["kill", "delete"].includes(call));
  const ended = [...Deno.readDirSync(`${run.runtimeDir}/calls`)]
    .filter(({ name }) => name.endsWith(".end")).length;
  return run.text("stdout") === life.stdout &&
    run.text("stderr") === life.stderr && ended >= first.length;
}

/** It waits, and for no call of the runtime. */
function isQuiet(run: Run): boolean {
  return run.process(run.pid)?.state === "S" &&
    run.children().every(({ pid }) => pid === initOf(run));
}

/** Lets the init go if it waits at the gate. */
function openGate(run: Run): boolean {
  try {
    const fd = open(run.gatePath, O.WRONLY | O.NONBLOCK);
    write(fd, new TextEncoder().encode("\n"));
    close(fd);
    return true;
  } catch (error) {
    if ((error as PosixError).code === "ENXIO") return false;
    throw error;
  }
}

function straceEnded(run: Run): boolean {
  return !run.descendants().some(({ comm, state }) =>
    comm === "strace" && state !== "Z"
  );
}

function initOf(run: Run): number | undefined {
  const pid = Number(readOrNone(`${run.runtimeDir}/initpid`));
  return pid > 1 ? pid : undefined;
}

function isAlive(run: Run, pid: number): boolean {
  const state = run.process(pid)?.state;
  return state !== undefined && state !== "Z" && state !== "X";
}

/** What the daemon and the runtime may leave in the state directory. */
const KNOWN = new Set(
  "control exit exitStatus log.json pid process.json shim-log.json".split(" "),
);

function observe(
  run: Run,
  life: Life,
): Omit<Observation, "hit" | "error" | "phase" | "rescued" | "polls"> {
  const init = initOf(run);
  return {
    life: life.name,
    shim: run.shimResult(),
    exitStatus: run.stateFile("exitStatus"),
    stdout: run.text("stdout"),
    stderr: run.text("stderr"),
    calls: run.calls().map(({ cmd }) => cmd),
    log: logOf(run),
    shimStderr: run.text("shim_stderr"),
    exitEof: run.eof("exit") !== undefined,
    initAlive: init !== undefined && isAlive(run, init),
    left: [
      ...[...Deno.readDirSync(run.tmp)].map(({ name }) => `TMPDIR/${name}`),
      ...[...Deno.readDirSync(run.state)].map(({ name }) => name)
        .filter((name) => !KNOWN.has(name)),
    ],
  };
}

function logOf(run: Run): Observation["log"] {
  try {
    return run.shimLog();
  } catch {
    return undefined;
  }
}
