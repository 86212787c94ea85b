import assert from "node:assert/strict";
import {
  decodeWaitStatus,
  describeEnding,
  type Ending,
  exitStatusOf,
} from "../../ffi/process.ts";
import { TempDir } from "../support/own_files.ts";
import { factsOf, runProgram } from "../support/own_process.ts";

const endings: [status: number, Ending, exitStatus: number, words: string][] = [
  [0x0000, { kind: "exited", code: 0 }, 0, "exited with status 0"],
  [0x0100, { kind: "exited", code: 1 }, 1, "exited with status 1"],
  [0xff00, { kind: "exited", code: 255 }, 255, "exited with status 255"],
  [0x0009, { kind: "signaled", signal: 9 }, 137, "was killed by signal 9"],
  [0x000f, { kind: "signaled", signal: 15 }, 143, "was killed by signal 15"],
  // With WCOREFLAG: the core dump makes no difference.
  [0x008b, { kind: "signaled", signal: 11 }, 139, "was killed by signal 11"],
  [0x0040, { kind: "signaled", signal: 64 }, 192, "was killed by signal 64"],
];

Deno.test("decodeWaitStatus(), exitStatusOf(), describeEnding(): exits and signals", () => {
  for (const [status, ending, exitStatus, words] of endings) {
    assert.deepEqual(decodeWaitStatus(status), ending);
    assert.equal(exitStatusOf(ending), exitStatus);
    assert.equal(describeEnding(ending), words);
  }
});

Deno.test("decodeWaitStatus() is undefined for a process that stopped or continued", () => {
  assert.equal(decodeWaitStatus(0x137f), undefined);
  assert.equal(decodeWaitStatus(0xffff), undefined);
});

interface ChildFacts {
  signals: Record<string, string>;
  fds: [number, string][];
  pipe: string;
  sameDirectory: boolean;
  commandLine: string;
  parent: boolean;
  group: boolean;
}

const leaky = { prelude: "exec 30</dev/null 31>/dev/null" };

Deno.test("spawn(): the child has the default action for every signal and blocks none", async () => {
  const { signals } = await factsOf<ChildFacts>("processes", ["child"], leaky);
  const none = "0".repeat(16);
  const { SigBlk, SigIgn, SigCgt } = signals;
  assert.deepEqual([SigBlk, SigIgn, SigCgt], [none, none, none]);
});

Deno.test("spawn(): the child has the three descriptors and no other", async () => {
  const { fds, pipe } = await factsOf<ChildFacts>(
    "processes",
    ["child"],
    leaky,
  );
  assert.deepEqual(fds, [[0, pipe], [1, pipe], [2, "/dev/null"]]);
});

Deno.test("spawn(): the child has the argument list, directory, parent and group", async () => {
  const facts = await factsOf<ChildFacts>("processes", ["child"], leaky);
  assert.equal(facts.commandLine, "sleep\x0060\0");
  assert.deepEqual(
    [facts.sameDirectory, facts.parent, facts.group],
    [true, true, true],
  );
});

Deno.test("spawn(): the child blocks what the mask says", async () => {
  const signals = await factsOf<Record<string, string>>("processes", ["mask"]);
  assert.equal(signals.SigBlk, "0000000000000800");
});

Deno.test("spawn(): the environment is passed on byte for byte", async () => {
  const facts = await factsOf<{ same: boolean; bytes: number[] }>(
    "processes",
    ["environment"],
    { env: { "ODD name": "a=b\nc ", EMPTY: "", WIDE: "é€😀" } },
  );
  assert.equal(facts.same, true);
  const text = new TextDecoder().decode(new Uint8Array(facts.bytes));
  for (const entry of ["ODD name=a=b\nc ", "EMPTY=", "WIDE=é€😀"]) {
    assert.ok(text.split("\0").includes(entry), entry);
  }
});

Deno.test("spawn(): descriptors that are 0, 1 and 2 already stay open in the child", async () => {
  assert.deepEqual(await factsOf("processes", ["standard"]), [0, 1, 2]);
});

Deno.test("spawn(): arguments arrive as they are", async () => {
  const odd = ["", "a b", "'\"\\", "new\nline", "é😀", "--", "-x"];
  assert.equal(
    await factsOf("processes", ["arguments", ...odd]),
    odd.map((text) => `<${text}>`).join(""),
  );
});

Deno.test("spawn() throws what execve(2) says, leaks no fd and leaves no child", async () => {
  using dir = new TempDir();
  dir.file("text", "echo hello\n");
  dir.file("garbage", "no program\n", 0o755);
  dir.file("orphan", "#!/no/such/interpreter\n", 0o755);
  const facts = await factsOf("processes", ["errors", dir.path]);
  const start = (code: string) => `posix_spawn: Cannot start "sleep": ${code}`;
  assert.deepEqual(facts, {
    failures: {
      missing: start("ENOENT (No such file or directory)"),
      notExecutable: start("EACCES (Permission denied)"),
      directory: start("EACCES (Permission denied)"),
      noProgram: start("ENOEXEC (Exec format error)"),
      badInterpreter: start("ENOENT (No such file or directory)"),
      tooLong: start("E2BIG (Argument list too long)"),
      quoted:
        'posix_spawn: Cannot start "a \\"b\\"": EACCES (Permission denied)',
      nul: "TypeError",
      closedFd: start("EBADF (Bad file descriptor)"),
    },
    leaked: [],
    children: "none",
  });
});

Deno.test("reapAny() tells how each child ended", async () => {
  assert.deepEqual(await factsOf("processes", ["endings"]), [
    { own: true, kind: "exited", code: 0 },
    { own: true, kind: "exited", code: 3 },
    { own: true, kind: "signaled", signal: 9 },
    { own: true, kind: "signaled", signal: 15 },
  ]);
});

Deno.test("reapAny() without a child, with one that runs or has stopped: undefined; killProcess() of nobody is no error", async () => {
  assert.deepEqual(await factsOf("processes", ["nobody"]), {
    none: "none",
    running: "none",
    stopped: "none",
    killed: { kind: "signaled", signal: 9 },
  });
});

Deno.test("inDirectory() acts in the directory and comes back", async () => {
  using dir = new TempDir();
  assert.deepEqual(await factsOf("processes", ["directory", dir.path]), {
    child: dir.path,
    back: true,
  });
});

Deno.test("inDirectory() comes back after an error, and says what it cannot enter", async () => {
  const facts = await factsOf("processes", ["directoryErrors", "/no/bundle"]);
  assert.deepEqual(facts, {
    missing: 'chdir: Cannot enter bundle "/no/bundle": ' +
      "ENOENT (No such file or directory)",
    ran: false,
    thrown: "RangeError",
    back: true,
    // Without the handle the path leads back.
    byPath: true,
    lost: 'chdir: Cannot return to "/no/home": ' +
      "ENOENT (No such file or directory)",
  });
});

Deno.test("becomeSubreaper() is visible through PR_GET_CHILD_SUBREAPER and adopts orphans", async () => {
  assert.deepEqual(await factsOf("processes", ["subreaper"]), {
    before: 0,
    after: 1,
    adopted: true,
    reaped: { kind: "signaled", signal: 9 },
  });
});

Deno.test("hideFromOthers() is visible through PR_GET_DUMPABLE", async () => {
  assert.deepEqual(await factsOf("processes", ["hide"]), {
    before: 1,
    after: 0,
  });
});

Deno.test("replaceProcess() keeps the process and its environment", async () => {
  const text = await factsOf<string>("processes", ["replace"], {
    env: { KEPT: "yes" },
  });
  const [facts, ...words] = text.split("|");
  const [, before, after] = /pid (\d+) of (\d+)/.exec(facts)!;
  assert.equal(after, before);
  assert.deepEqual(words, ["zero", "o ne", "yes"]);
});

Deno.test("replaceProcess() throws when it cannot", async () => {
  assert.equal(
    await factsOf("processes", ["replaceFailing"]),
    'execve: Cannot start "/no/such/program" again: ' +
      "ENOENT (No such file or directory)",
  );
});

Deno.test("exitNow() ends the process with the status, and nothing else runs", async () => {
  for (const status of [0, 7, 255]) {
    const { code, signal, stdout, stderr } = await runProgram("processes", [
      "exit",
      String(status),
    ]);
    assert.deepEqual({ code, signal, stdout, stderr }, {
      code: status,
      signal: null,
      stdout: "",
      stderr: "",
    });
  }
});
