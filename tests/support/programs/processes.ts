/** What ffi/process.ts does, as facts to be judged by a test. */
import { O_CLOEXEC, O_RDONLY, O_RDWR } from "../../../ffi/constants.ts";

/** <sys/prctl.h> */
const PR_GET_CHILD_SUBREAPER = 37;
import { SystemError } from "../../../ffi/errno.ts";
import { type Fd, open, pipe } from "../../../ffi/fd.ts";
import { libc } from "../../../ffi/libc.ts";
import {
  becomeSubreaper,
  exitNow,
  hideFromOthers,
  inDirectory,
  killProcess,
  reapAny,
  replaceProcess,
  spawn,
} from "../../../ffi/process.ts";
import {
  childEvents,
  ignoreSignals,
  sealInheritedFds,
} from "../../../ffi/signals.ts";
import { read } from "../../../ffi/transfer.ts";
import { fdsNow } from "../own_files.ts";
import { kill } from "../posix.ts";
import { openFds, process, signalSets } from "../processes.ts";
import { freeChildDescriptor, leakedSince, play } from "./stage.ts";

const NOBODY_BLOCKED = new Uint8Array(128);
const PR_GET_DUMPABLE = 3;
const nothing = open("/dev/null", O_RDWR, '"/dev/null"');

interface Child {
  argv?: string[];
  path?: string;
  stdio?: [Fd, Fd, Fd];
  signalMask?: Uint8Array<ArrayBuffer>;
}

function start(child: Child): number {
  return spawn({
    path: child.path ?? "/bin/sleep",
    argv: child.argv ?? ["sleep", "60"],
    stdio: child.stdio ?? [nothing, nothing, nothing],
    signalMask: child.signalMask ?? NOBODY_BLOCKED,
  });
}

/**
 * Looks at a running child, then ends and reaps it. posix_spawn(3) returns in
 * the middle of execve(2): what /proc says is complete when the program sleeps.
 */
function inspect<T>(pid: number, look: (proc: string) => T): T {
  const asleep = () => {
    const found = process(pid);
    return found?.comm === "sleep" && found.state === "S";
  };
  const end = performance.now() + 10_000;
  try {
    while (!asleep() && performance.now() < end);
    return look(`/proc/${pid}`);
  } finally {
    killProcess(pid);
    reap();
  }
}

/** Waits for one child. */
function reap(): ReturnType<typeof reapAny> {
  const end = performance.now() + 10_000;
  for (;;) {
    const child = reapAny();
    if (child !== undefined) return child;
    if (performance.now() > end) throw new Error("no child has ended");
  }
}

function outputOf(argv: string[]): string {
  const { readEnd, writeEnd } = pipe("test");
  start({ path: argv[0], argv, stdio: [nothing, writeEnd, writeEnd] });
  writeEnd.close();
  let text = "";
  const buffer = new Uint8Array(65536);
  for (let count; (count = read(readEnd, buffer)) > 0;) {
    text += new TextDecoder().decode(buffer.subarray(0, count));
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

await play({
  /** As the shim is: deaf to signals, with leaked descriptors sealed. */
  child() {
    freeChildDescriptor();
    ignoreSignals();
    sealInheritedFds();
    childEvents();
    const { readEnd, writeEnd } = pipe("test");
    const pid = start({ stdio: [readEnd, writeEnd, nothing] });
    return inspect(pid, (proc) => ({
      signals: signalSets(pid),
      fds: openFds(pid).map(({ fd, link }) => [fd, link]),
      pipe: Deno.readLinkSync(`/proc/self/fd/${readEnd.raw}`),
      sameDirectory: Deno.readLinkSync(`${proc}/cwd`) === Deno.cwd(),
      commandLine: Deno.readTextFileSync(`${proc}/cmdline`),
      parent: process(pid)!.ppid === Deno.pid,
      group: Deno.readTextFileSync(`${proc}/stat`).split(" ")[4] ===
        Deno.readTextFileSync("/proc/self/stat").split(" ")[4],
    }));
  },

  mask() {
    const mask = new Uint8Array(128);
    mask[1] = 1 << (12 - 9);
    const pid = start({ signalMask: mask });
    return inspect(pid, () => signalSets(pid));
  },

  environment() {
    const pid = start({});
    return inspect(pid, (proc) => {
      const [theirs, ours] = [`${proc}/environ`, "/proc/self/environ"]
        .map((path) => [...Deno.readFileSync(path)]);
      return { same: theirs.join() === ours.join(), bytes: theirs };
    });
  },

  /** The container's ends may be any of 0, 1 and 2 themselves. */
  standard() {
    sealInheritedFds();
    const [zero, one, two] = [0, 1, 2].map((raw) => ({ raw }) as Fd);
    const cloexec = 1;
    libc.fcntl(2, 2, cloexec);
    const pid = start({ stdio: [zero, one, two] });
    return inspect(pid, () => openFds(pid).map(({ fd }) => fd));
  },

  arguments(...argv: string[]) {
    return outputOf(["/usr/bin/printf", "<%s>", ...argv]);
  },

  errors(directory: string) {
    const closed = open("/dev/null", O_RDONLY, '"/dev/null"');
    closed.close();
    const huge = "x".repeat(200_000);
    const before = fdsNow();
    const failures = {
      missing: describe(() => start({ path: `${directory}/missing` })),
      notExecutable: describe(() => start({ path: `${directory}/text` })),
      directory: describe(() => start({ path: directory })),
      noProgram: describe(() => start({ path: `${directory}/garbage` })),
      badInterpreter: describe(() => start({ path: `${directory}/orphan` })),
      tooLong: describe(() => start({ argv: ["sleep", huge] })),
      quoted: describe(() => start({ path: "/", argv: ['a "b"'] })),
      nul: describe(() => start({ argv: ["sleep", "6\0"] })),
      closedFd: describe(() => start({ stdio: [nothing, closed, nothing] })),
    };
    return {
      failures,
      leaked: leakedSince(before),
      children: reapAny() ?? "none",
    };
  },

  endings() {
    const endings = [];
    for (const script of ["exit 0", "exit 3", "kill -9 $$", "kill -15 $$"]) {
      const pid = start({ path: "/bin/sh", argv: ["sh", "-c", script] });
      const child = reap()!;
      endings.push({ own: child.pid === pid, ...child.ending });
    }
    return endings;
  },

  /** Nothing to reap: no child at all, a running one, a stopped one. */
  nobody() {
    const none = reapAny() ?? "none";
    const pid = start({});
    const running = reapAny() ?? "none";
    kill(pid, 19);
    while (process(pid)!.state !== "T");
    const stopped = reapAny() ?? "none";
    killProcess(pid);
    const killed = reap()!.ending;
    // The number is nobody's by now.
    killProcess(pid);
    return { none, running, stopped, killed };
  },

  directory(path: string) {
    const before = Deno.cwd();
    const home = { fd: open(".", O_RDONLY, "home"), path: before };
    const pid = inDirectory(path, `bundle "${path}"`, home, () => start({}));
    return {
      child: inspect(pid, (proc) => Deno.readLinkSync(`${proc}/cwd`)),
      back: Deno.cwd() === before,
    };
  },

  directoryErrors(path: string) {
    const before = Deno.cwd();
    const home = { fd: open(".", O_RDONLY, "home"), path: before };
    let ran = false;
    const what = `bundle "${path}"`;
    return {
      missing: describe(() => inDirectory(path, what, home, () => ran = true)),
      ran,
      thrown: describe(() =>
        inDirectory("/", what, home, () => {
          throw new RangeError("inside");
        })
      ),
      back: Deno.cwd() === before,
      ...withoutHandle(),
    };

    function withoutHandle() {
      home.fd.close();
      inDirectory("/", what, home, () => {});
      const byPath = Deno.cwd() === before;
      home.path = "/no/home";
      const lost = describe(() => inDirectory("/", what, home, () => {}));
      return { byPath, lost };
    }
  },

  subreaper() {
    const { symbols: { prctl } } = Deno.dlopen("libc.so.6", {
      prctl: { parameters: ["i32", "buffer"], result: "i32" },
    });
    const value = () => {
      const result = new Int32Array(1);
      prctl(PR_GET_CHILD_SUBREAPER, result);
      return result[0];
    };
    const before = value();
    becomeSubreaper();
    // Its parent, the shell, is gone when the text is out.
    const script = "sleep 60 >/dev/null 2>&1 & echo $!";
    const orphan = Number(outputOf(["/bin/sh", "-c", script]));
    const parent = process(orphan)!.ppid;
    killProcess(orphan);
    const reaped = reap()!;
    return {
      before,
      after: value(),
      adopted: parent === Deno.pid,
      reaped: reaped.pid === orphan && reaped.ending,
    };
  },

  hide() {
    const value = () => libc.prctl(PR_GET_DUMPABLE, 0n, 0n, 0n, 0n);
    const before = value();
    hideFromOthers();
    return { before, after: value() };
  },

  replace() {
    const facts = `pid ${Deno.pid} of $$, argv`;
    replaceProcess("/bin/sh", [
      "other name",
      "-c",
      `printf '"%s|%s|%s|%s"' "${facts}" "$0" "$1" "$KEPT"`,
      "zero",
      "o ne",
    ]);
  },

  replaceFailing() {
    return describe(() => replaceProcess("/no/such/program", ["x"]));
  },

  exit(status: string) {
    addEventListener("unload", () => console.log("a handler ran"));
    open("/dev/null", O_RDONLY | O_CLOEXEC, "it");
    exitNow(Number(status));
  },
});
