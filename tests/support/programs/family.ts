/** Children for the programs here: starting them, waiting for them, looking. */
import { spawn, type SpawnOptions } from "../../../ffi/child.ts";
import { SystemError } from "../../../ffi/errno.ts";
import { open, pipe } from "../../../ffi/fd.ts";
import { loadedMachineCode } from "../../../ffi/machine_code.ts";
import { type Ending, killProcess, reapAny } from "../../../ffi/process.ts";
import { process } from "../processes.ts";
import { drain } from "../streams.ts";

export const nothing = open("/dev/null", ["read and write"], '"/dev/null"');

/** In milliseconds: for what happens in any case, unless something is wrong. */
export const PATIENCE = 10_000;

// Once for the whole process: its eventfd is no leak of what is tried here.
loadedMachineCode();

export function start(
  argv: readonly string[],
  more: Partial<SpawnOptions> = {},
): number {
  const stdio = [nothing, nothing, nothing] as const;
  return spawn({ path: argv[0], argv, stdio, directory: "", ...more });
}

export const shell = (script: string) => start(["/bin/sh", "-c", script]);

export const sleeper = () => start(["/bin/sleep", "60"]);

export function until(condition: () => boolean, what: string): void {
  const end = performance.now() + PATIENCE;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`never: ${what}`);
  }
}

/** Waits until a process is in a state of /proc/PID/stat. */
export function untilState(pid: number, state: string): void {
  until(() => process(pid)?.state === state, `${pid} is in state ${state}`);
}

/** Waits for one child. */
export function reap(): { pid: number; ending: Ending } {
  let child: ReturnType<typeof reapAny>;
  until(() => (child = reapAny()) !== undefined, "a child has ended");
  return child!;
}

/** Looks at a child that sleeps, then ends and reaps it. */
export function inspect<T>(pid: number, look: (proc: string) => T): T {
  untilState(pid, "S");
  try {
    return look(`/proc/${pid}`);
  } finally {
    killProcess(pid);
    reap();
  }
}

/** What a program prints to its descriptor 1, when it has ended. */
export function outputOf(
  argv: readonly string[],
  more: Partial<SpawnOptions> = {},
): Uint8Array {
  const { readEnd, writeEnd } = pipe("test");
  start(argv, { stdio: [nothing, writeEnd, nothing], ...more });
  writeEnd.close();
  const output = drain(readEnd);
  readEnd.close();
  reap();
  return output;
}

/** The error of an action, with the call that has failed. */
export function failureOf(action: () => unknown): string {
  try {
    action();
    return "no error";
  } catch (error) {
    if (!(error instanceof SystemError)) return (error as Error).name;
    return `${error.syscall}: ${error.message}`;
  }
}
