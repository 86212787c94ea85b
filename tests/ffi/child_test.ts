import assert from "node:assert/strict";
import fc from "fast-check";
import { TempDir, until } from "../support/own_files.ts";
import { factsOf, runProgram } from "../support/own_process.ts";
import { kill } from "../support/posix.ts";
import { children, process } from "../support/processes.ts";
import { isThere } from "../support/look.ts";

interface ChildFacts {
  signals: Record<string, string>;
  fds: [number, string][];
  pipe: string;
  cwd: string;
  stillHere: string;
  commandLine: string;
  parent: boolean;
}

const leaky = { prelude: "exec 30</dev/null 31>/dev/null" };
const withGc = { flags: ["--expose-gc"] };
const childIn = (directory: string) =>
  factsOf<ChildFacts>("child", ["child", directory], leaky);

Deno.test("spawn(): the child has default signals, three descriptors and its arguments", async () => {
  const facts = await childIn("");
  const none = "0".repeat(16);
  const { SigBlk, SigIgn, SigCgt } = facts.signals;
  assert.deepEqual([SigBlk, SigIgn, SigCgt], [none, none, none]);
  assert.deepEqual(facts.fds, [
    [0, facts.pipe],
    [1, facts.pipe],
    [2, "/dev/null"],
  ]);
  assert.equal(facts.commandLine, "other name\x0060\0");
  assert.equal(facts.parent, true);
  assert.equal(facts.cwd, facts.stillHere);
});

Deno.test("spawn(): the child is in its directory, and this process stays where it is", async () => {
  using dir = new TempDir();
  const facts = await childIn(dir.path);
  assert.equal(facts.cwd, Deno.realPathSync(dir.path));
  assert.notEqual(facts.stillHere, facts.cwd);
});

Deno.test("spawn(): the environment is passed on byte for byte", async () => {
  const { ours, theirs } = await factsOf<Record<string, number[]>>(
    "child",
    ["environment"],
    {
      env: { "ODD name": "a=b\nc ", EMPTY: "", WIDE: "é€😀" },
      prelude: "export LATIN=$'m\\xfc'",
    },
  );
  assert.deepEqual(theirs, ours);
  const text = new TextDecoder("latin1").decode(new Uint8Array(theirs));
  const entries = text.split("\0");
  for (const entry of ["ODD name=a=b\nc ", "EMPTY=", "LATIN=m\xfc"]) {
    assert.ok(entries.includes(entry), entry);
  }
});

Deno.test("spawn(): arguments arrive as they are, whatever bytes they are", async () => {
  const argument = fc.oneof(
    fc.constantFrom("", "a b", "'\"\\", "new\nline", "é😀", "--", "-x").map(
      (text) => new TextEncoder().encode(text),
    ),
    fc.uint8Array({ min: 1, maxLength: 40 }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(argument, { minLength: 200, maxLength: 400 }),
      async (all) => {
        const hex = all.map((bytes) => bytes.toHex());
        const arrived = await factsOf("child", ["arguments", ...hex]);
        assert.equal(arrived, hex.map((digits) => `${digits}00`).join(""));
      },
    ),
    // Each is a process of its own.
    { numRuns: 3, endOnFailure: true },
  );
});

Deno.test("spawn(): program and directory may have names that are no UTF-8", async () => {
  using dir = new TempDir();
  const path = Deno.realPathSync(dir.path);
  const printed = await factsOf<string>("child", ["oddNames", path]);
  assert.equal(
    new TextDecoder("latin1").decode(Uint8Array.fromHex(printed)),
    `${path}/m\xfc\n${path}/in-m\xfc\n`,
  );
});

Deno.test("spawn() throws what execve(2) says, leaks no fd and leaves no child", async () => {
  using dir = new TempDir();
  dir.file("text", "echo hello\n");
  dir.file("garbage", "no program\n", 0o755);
  dir.file("orphan", "#!/no/such/interpreter\n", 0o755);
  const start = (name: string, code: string) =>
    `execve: Cannot start "${name}": ${code}`;
  assert.deepEqual(await factsOf("child", ["errors", dir.path]), {
    failures: {
      missing: start("sleep", "ENOENT (no such file or directory)"),
      notExecutable: start("sleep", "EACCES (permission denied)"),
      directory: start("sleep", "EACCES (permission denied)"),
      noProgram: start("sleep", "ENOEXEC (exec format error)"),
      badInterpreter: start("sleep", "ENOENT (no such file or directory)"),
      belowFile: start("sleep", "ENOTDIR (not a directory)"),
      tooLong: start("/bin/sleep", "E2BIG (argument list too long)"),
      nul: "TypeError",
      bundle: 'chdir: Cannot start "/bin/sleep" in "/no/such": ' +
        "ENOENT (no such file or directory)",
    },
    leaked: [],
    children: 0,
  });
});

Deno.test("spawn(): a thousand starts leave nothing, with garbage collected in between", async () => {
  const { grown, ...facts } = await factsOf<{ grown: number }>(
    "child",
    ["many", "1000"],
    withGc,
  );
  assert.deepEqual(facts, { wrong: 0, leaked: [] });
  // Each start has 8 kB for its list and its stack: 8 MB if those stayed.
  assert.ok(grown < 4_000, `${grown} kB`);
});

const ended = (pid: number) => [undefined, "Z"].includes(process(pid)?.state);

Deno.test("spawn(), WaitingOpen: the child dies with this process", async () => {
  using dir = new TempDir();
  for (const how of [["leave"], ["leaveWaiting", dir.fifo("fifo")]]) {
    const { stdout, signal } = await runProgram("child", how);
    assert.equal(signal, "SIGKILL");
    const { child } = JSON.parse(stdout);
    try {
      await until(() => ended(child), "the child has ended");
    } finally {
      if (!ended(child)) kill(child, SIGKILL);
    }
  }
});

Deno.test({
  name: "spawn(): nothing is executed for a parent that is dead already",
  // strace(1) would trace the emulator.
  ignore: Deno.env.has("EMULATED"),
}, async () => {
  using dir = new TempDir();
  const [ran, parentFile] = [dir.at("ran"), dir.at("parent")];
  const program = dir.file("program", `#!/bin/sh\ntouch ${ran}\n`, 0o755);
  const place = Deno.realPathSync(dir.path);
  // The child is stopped as soon as it is in its directory: that is before it
  // asks to die with its parent.
  const strace = "strace -f -qq -o /dev/null -e trace=chdir " +
    "-e inject=chdir:signal=SIGSTOP";
  const traced = runProgram("child", ["beKilled", place, program], {
    before: strace.split(" "),
  });
  const victims: number[] = [];
  try {
    await until(() => isThere(parentFile), "the parent has begun");
    const parent = Number(Deno.readTextFileSync(parentFile));
    victims.push(parent);
    await until(() => childrenIn(place, parent).length > 0, "the child is in");
    const [child] = childrenIn(place, parent);
    victims.push(child);
    kill(parent, SIGKILL);
    // A process whose first thread is a zombie has others that still die, and
    // is the parent as long as one of them lives.
    await until(() => process(child)?.ppid !== parent, "the parent is dead");
    assert.ok(!ended(child));
    kill(child, SIGCONT);
    await until(() => ended(child), "the child has ended");
    assert.equal(isThere(ran), false);
  } finally {
    for (const pid of victims) if (!ended(pid)) kill(pid, SIGKILL);
    await traced;
  }
});

const SIGKILL = 9;
const SIGCONT = 18;

/** The children of a process that are in a directory. */
function childrenIn(directory: string, parent: number): number[] {
  return children(parent).map(({ pid }) => pid).filter((pid) => {
    try {
      return Deno.readLinkSync(`/proc/${pid}/cwd`) === directory;
    } catch {
      return false;
    }
  });
}

Deno.test("WaitingOpen opens a FIFO as soon as it has a reader, and leaves nothing", async () => {
  using dir = new TempDir();
  const path = dir.fifo("fifo");
  const { flags, ...facts } = await factsOf<{ flags: number }>(
    "child",
    ["waitingOpen", path],
    withGc,
  );
  const O_CLOEXEC = 0o2000000;
  assert.equal(flags & (O_CLOEXEC | 3), O_CLOEXEC | 1);
  assert.deepEqual(facts, {
    early: "nothing",
    itself: true,
    ending: { kind: "exited", code: 0 },
    link: path,
    leaked: [],
    children: 0,
  });
});

Deno.test("WaitingOpen: there is no file when it cannot be opened, or the child is killed", async () => {
  using dir = new TempDir();
  const path = dir.fifo("fifo");
  assert.deepEqual(await factsOf("child", ["waitingOpenInVain", path]), {
    tried: [
      { ending: { kind: "signaled", signal: 9 }, file: "nothing" },
      { ending: { kind: "exited", code: 127 }, file: "nothing" },
    ],
    leaked: [],
  });
});
