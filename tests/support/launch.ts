import { encodePairs, type Pair, toBytes } from "./pairs.ts";

/** RLIMIT_* by name. */
const RLIMITS = {
  data: 2,
  stack: 3,
  core: 4,
  nofile: 7,
  as: 9,
} as const;

/** How a program under test is started. */
export interface StartOptions {
  /** After argv[0]; the shim's default is its id, bundle and runtime. */
  args?: readonly (string | Uint8Array)[];
  /** The list form is taken as it is: order, duplicates, entries without =. */
  env?: Record<string, string> | readonly (string | Uint8Array)[];
  /** Added to that, or to the usual environment. */
  addedEnv?: Record<string, string>;
  cwd?: string;
  /** Removes the working directory (`cwd`, which must be empty) first. */
  deletedCwd?: boolean;
  argv0?: string;
  /** Another file to execute than the shim. */
  executable?: string;
  umask?: number;
  nice?: number;
  oomScoreAdj?: number;
  rlimits?: { [name in keyof typeof RLIMITS]?: [soft: number, hard: number] };
  /** Signal numbers; every other signal has its default action. */
  ignoreSignals?: readonly number[];
  /** Signal numbers; every other signal is unblocked. */
  blockSignals?: readonly number[];
  /** Descriptors to close; all above 2 are closed anyway. */
  closeFds?: readonly number[];
  /** Descriptor numbers to open for reading, without close-on-exec. */
  extraFds?: Record<number, string>;
  /** System calls to trace, as in `strace -e trace=`. */
  strace?: string;
  /** Calls of the shim alone that are to fail, as in `strace -e inject=`. */
  inject?: string;
  /** False gives it /dev/null in place of what the harness listens to. */
  capture?: boolean;
}

/** What `launch` in the run's root directory says to the keeper. */
export function encodeLaunch(
  options: StartOptions,
  program: {
    executable: string;
    argv: readonly (string | Uint8Array)[];
    env: Environment;
    cwd: string;
    output: { stdout: string; stderr: string };
  },
): Uint8Array {
  const { output } = program;
  const pairs: Pair[] = [
    ["executable", program.executable],
    ["cwd", program.cwd],
    ["stdin", "/dev/null"],
    ["stdout", output.stdout],
    ["stderr", output.stderr],
    ...program.argv.map((arg) => ["arg", toBytes(arg)] as const),
    ...environment(program.env).map((entry) => ["env", entry] as const),
  ];
  for (const signal of options.ignoreSignals ?? []) {
    pairs.push(["ignore", signal]);
  }
  for (const signal of options.blockSignals ?? []) {
    pairs.push(["block", signal]);
  }
  for (const [fd, path] of Object.entries(options.extraFds ?? {})) {
    pairs.push(["fd", `${fd} ${path}`]);
  }
  for (const fd of options.closeFds ?? []) pairs.push(["close", fd]);
  for (const [name, limit] of Object.entries(options.rlimits ?? {})) {
    const which = RLIMITS[name as keyof typeof RLIMITS];
    pairs.push(["rlimit", `${which} ${limit[0]} ${limit[1]}`]);
  }
  if (options.deletedCwd) pairs.push(["removeCwd", 1]);
  if (options.umask !== undefined) pairs.push(["umask", options.umask]);
  if (options.nice !== undefined) pairs.push(["nice", options.nice]);
  if (options.oomScoreAdj !== undefined) {
    pairs.push(["oom", options.oomScoreAdj]);
  }
  return encodePairs(pairs);
}

type Environment = NonNullable<StartOptions["env"]>;

function environment(env: Environment): Uint8Array[] {
  return (Array.isArray(env) ? env : entriesOf(env)).map(toBytes);
}

function entriesOf(env: object): string[] {
  return Object.entries(env).map(([name, value]) => `${name}=${value}`);
}

/** An environment in its own form, with more in it. */
export function withAdded(
  env: Environment,
  added: Record<string, string> = {},
): Environment {
  return Array.isArray(env)
    ? [...env, ...entriesOf(added)]
    : { ...env, ...added };
}

/** The command line that runs `executable` under strace(1). */
export function straced(
  calls: string,
  log: string,
  executable: string,
): string[] {
  // -D: strace is the grandchild and the traced program the child, so the
  // pid that the keeper knows is the program's own.
  return [
    ..."strace -D -f -qq -ttt -s 256 -e signal=none".split(" "),
    "-e",
    `trace=${calls}`,
    "-o",
    log,
    executable,
  ];
}

/** The command line that runs `executable` and has calls of its own fail. */
export function injected(faults: string, executable: string): string[] {
  const [calls] = faults.split(":");
  return [
    ..."strace -D -qq -e signal=none -o /dev/null".split(" "),
    ...["-e", `trace=${calls}`, "-e", `inject=${faults}`],
    executable,
  ];
}
