import {
  AT_FDCWD,
  CLONE_FILES,
  CLONE_VFORK,
  CLONE_VM,
  PR_SET_PDEATHSIG,
  SIG_SETMASK,
  SIGCHLD,
  SIGKILL,
  SIGNAL_MAX,
  SIGSTOP,
  SYS_chdir,
  SYS_dup3,
  SYS_execve,
  SYS_exit,
  SYS_getppid,
  SYS_openat,
  SYS_prctl,
  SYS_rt_sigaction,
  SYS_rt_sigprocmask,
} from "./constants.ts";
import { environ } from "./environment.ts";
import { check, SystemError } from "./errno.ts";
import { Fd, openFlags, type OpenMode } from "./fd.ts";
import { kernelSigaction, sigset } from "./layout.ts";
import { libc } from "./libc.ts";
import { loadedMachineCode } from "./machine_code.ts";
import {
  addressOfBuffer,
  cString,
  CStringArray,
  fixedMemory,
} from "./memory.ts";
import { inheritedMask } from "./signals.ts";

/**
 * One system call of a child, which shares this process's memory and cannot
 * run JavaScript: machine code makes the calls of a list one after the other
 * (machine_code.ts), and the first that fails is the child's end.
 */
interface Call {
  number: number;
  arguments: (number | bigint)[];
  /** What it must return; anything but an error if undefined. */
  wanted?: number;
}

/** The longs of a row: number, four arguments, result, wanted. */
const ROW = 7;
const RESULT = 5;
const WANTED = 6;

/** What the start of a child needs; must live as long as the child uses it. */
class CallList {
  readonly #rows: BigInt64Array<ArrayBuffer>;

  /** @param inUse what the arguments point at, to be there as long as this */
  constructor(readonly calls: readonly Call[], readonly inUse: unknown[]) {
    this.#rows = new BigInt64Array(fixedMemory(calls.length * ROW * 8));
    // Most cells are small numbers, for which a BigInt each would take longer.
    const halves = new Int32Array(this.#rows.buffer);
    const put = (cell: number, value: number | bigint) => {
      if (typeof value === "bigint") this.#rows[cell] = value;
      else {
        halves[2 * cell] = value;
        halves[2 * cell + 1] = value < 0 ? -1 : 0;
      }
    };
    calls.forEach(({ number, arguments: values, wanted = 0 }, row) => {
      put(row * ROW, number);
      values.forEach((value, i) => put(row * ROW + 1 + i, value));
      put(row * ROW + WANTED, wanted);
    });
  }

  /** What a call has returned: minus the errno if it failed, 0 before. */
  result(row: number): number {
    return Number(this.#rows[row * ROW + RESULT]);
  }

  /**
   * Starts a child with clone(2) and has it make the calls.
   *
   * @returns its pid
   * @throws {SystemError} when there can be no further process
   */
  start(flags: number, stack: Uint8Array<ArrayBuffer>, what: string): number {
    const end = addressOfBuffer(stack) + BigInt(stack.length);
    return check(
      libc.clone(
        loadedMachineCode().calls,
        Deno.UnsafePointer.create(end & ~15n),
        flags | CLONE_VM | SIGCHLD,
        Deno.UnsafePointer.of(this.#rows),
      ),
      "clone",
      what,
    );
  }
}

/** The child's stack: clone(3) puts two words on it, the calls use none. */
function newStack(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(fixedMemory(4096));
}

/**
 * The child is killed when this process dies (PR_SET_PDEATHSIG in prctl(2)).
 * If that has happened before it could ask for it, its parent is another by
 * now, and it ends by itself.
 */
function endWithParent(): Call[] {
  return [
    { number: SYS_prctl, arguments: [PR_SET_PDEATHSIG, SIGKILL] },
    { number: SYS_getppid, arguments: [], wanted: Deno.pid },
  ];
}

export interface SpawnOptions {
  /** Executable, a path; no search. */
  path: string;
  /** The whole argument list, argv[0] first. */
  argv: readonly string[];
  /** What the child has as fds 0, 1 and 2. It inherits no others. */
  stdio: readonly [Fd, Fd, Fd];
  /** Working directory, as a path seen from this one; "" for this one. */
  directory: string;
}

/**
 * Starts a program with this process's environment and the signals blocked
 * that this process was started with. It dies with this process.
 *
 * A forked copy of this process could not run JavaScript, and posix_spawn(3)
 * knows no parent death signal; so the child is a list of system calls. All
 * signals get their default action back: those that the shim ignores, and
 * SIGPIPE, which Deno does, must not be ignored in a container.
 *
 * @returns the pid
 * @throws {SystemError} that names the directory that cannot be entered, or
 *   has the errno of the failed execve(2)
 */
export function spawn(options: SpawnOptions): number {
  const { argv, directory } = options;
  const path = cString(options.path);
  const where = cString(directory);
  const words = new CStringArray(argv);
  const mask = inheritedMask();
  const byDefault = new Uint8Array(fixedMemory(kernelSigaction.size));
  const address = addressOfBuffer;

  const enter: Call = { number: SYS_chdir, arguments: [address(where)] };
  const list = new CallList([
    ...resettableSignals().map((signal): Call => ({
      number: SYS_rt_sigaction,
      arguments: [signal, address(byDefault), 0, sigset.kernelSize],
    })),
    ...options.stdio.map(({ raw }, target): Call => ({
      number: SYS_dup3,
      arguments: [raw, target, 0],
    })),
    ...(directory === "" ? [] : [enter]),
    {
      number: SYS_rt_sigprocmask,
      arguments: [SIG_SETMASK, address(mask), 0, sigset.kernelSize],
    },
    ...endWithParent(),
    {
      number: SYS_execve,
      arguments: [address(path), address(words.pointers), environ()],
    },
  ], [path, where, words, mask, byDefault]);
  const what = `start ${JSON.stringify(argv[0])}`;
  // CLONE_VFORK: this process goes on when the program is executed.
  const pid = list.start(CLONE_VFORK, newStack(), what);
  const failed = list.calls.findIndex((_, row) => list.result(row) < 0);
  if (failed === -1) return pid;
  libc.waitpid(pid, null, 0);
  const entering = list.calls[failed] === enter;
  throw new SystemError(
    -list.result(failed),
    entering ? "chdir" : "execve",
    entering ? `${what} in "${directory}"` : what,
  );
}

function resettableSignals(): number[] {
  return Array.from({ length: SIGNAL_MAX }, (_, i) => i + 1)
    .filter((signal) => signal !== SIGKILL && signal !== SIGSTOP);
}

/**
 * An open(2) that waits for the other end of a FIFO, in a child that has the
 * descriptors of this process: the child ends when the file is open.
 */
export class WaitingOpen {
  readonly pid: number;
  readonly #list: CallList;
  // Used by the child as long as it lives.
  readonly #stack = newStack();
  readonly #path: Uint8Array<ArrayBuffer>;
  readonly #open: number;

  /** @throws {SystemError} when there can be no further process */
  constructor(path: string, mode: OpenMode) {
    this.#path = cString(path);
    const calls: Call[] = [
      ...endWithParent(),
      {
        number: SYS_openat,
        arguments: [AT_FDCWD, addressOfBuffer(this.#path), openFlags(mode)],
      },
      { number: SYS_exit, arguments: [0] },
    ];
    this.#open = calls.length - 2;
    this.#list = new CallList(calls, [this.#path]);
    this.pid = this.#list.start(CLONE_FILES, this.#stack, `wait for "${path}"`);
  }

  /**
   * To be asked once, when the child has ended: the open file, or undefined if
   * it could not be opened or the child was killed before.
   */
  take(): Fd | undefined {
    const result = this.#list.result(this.#open);
    return result > 0 ? new Fd(result) : undefined;
  }
}
