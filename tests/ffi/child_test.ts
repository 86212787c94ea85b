import assert from "node:assert/strict";
import { TempDir } from "../support/own_files.ts";
import { factsOf, runProgram } from "../support/own_process.ts";
import { process } from "../support/processes.ts";
import { until } from "../support/own_files.ts";

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
const childIn = (directory: string) =>
  factsOf<ChildFacts>("children", ["child", directory], leaky);

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
  const facts = await factsOf<{ same: boolean; bytes: number[] }>(
    "children",
    ["environment"],
    {
      env: { "ODD name": "a=b\nc ", EMPTY: "", WIDE: "é€😀" },
      prelude: "export LATIN=$'m\\xfc'",
    },
  );
  assert.equal(facts.same, true);
  const text = new TextDecoder("latin1").decode(new Uint8Array(facts.bytes));
  const entries = text.split("\0");
  for (const entry of ["ODD name=a=b\nc ", "EMPTY=", "LATIN=m\xfc"]) {
    assert.ok(entries.includes(entry), entry);
  }
});

Deno.test("spawn(): arguments arrive as they are", async () => {
  const odd = ["", "a b", "'\"\\", "new\nline", "é😀", "--", "-x"];
  assert.equal(
    await factsOf("children", ["arguments", ...odd]),
    odd.map((text) => `<${text}>`).join(""),
  );
});

Deno.test("spawn() throws what execve(2) says, leaks no fd and leaves no child", async () => {
  using dir = new TempDir();
  dir.file("text", "echo hello\n");
  dir.file("garbage", "no program\n", 0o755);
  dir.file("orphan", "#!/no/such/interpreter\n", 0o755);
  const start = (name: string, code: string) =>
    `execve: Cannot start "${name}": ${code}`;
  assert.deepEqual(await factsOf("children", ["errors", dir.path]), {
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

Deno.test("spawn(): a thousand starts, with garbage collected in between", async () => {
  assert.deepEqual(
    await factsOf("children", ["many", "1000"], { flags: ["--expose-gc"] }),
    { wrong: 0, leaked: [] },
  );
});

Deno.test("spawn(): the child dies with this process", async () => {
  const { stdout, signal } = await runProgram("children", ["leave"]);
  assert.equal(signal, "SIGKILL");
  const { child } = JSON.parse(stdout);
  await until(
    () => [undefined, "Z"].includes(process(child)?.state),
    "the child has ended",
  );
});

Deno.test("spawn(): nothing is executed for a parent that is dead already", async () => {
  using dir = new TempDir();
  const ran = dir.at("ran");
  const program = dir.file("program", `#!/bin/sh\ntouch ${ran}\n`, 0o755);
  // Half a second before the child asks to die with its parent.
  const { stdout } = await runProgram("children", ["beKilled", program], {
    before: [
      ..."strace -f -qq -o /dev/null -e trace=getppid".split(" "),
      "-e",
      "inject=getppid:delay_enter=500000",
      "sh",
      "-c",
      // Kills the parent while the child is held up, and waits for the child.
      '"$@" >out & while [ ! -s out ]; do sleep 0.01; done; sleep 0.2; ' +
      "kill -9 $!; sleep 1; cat out",
      "sh",
    ],
    cwd: dir.path,
  });
  assert.ok(JSON.parse(stdout).parent > 0, stdout);
  assert.throws(() => Deno.statSync(ran), Deno.errors.NotFound);
});

Deno.test("WaitingOpen opens a FIFO as soon as it has a reader, and leaves nothing", async () => {
  using dir = new TempDir();
  const path = dir.fifo("fifo");
  const facts = await factsOf<Record<string, unknown>>("children", [
    "waitingOpen",
    path,
  ]);
  const flags = parseInt(facts.flags as string, 8);
  const O_CLOEXEC = 0o2000000;
  assert.equal(flags & (O_CLOEXEC | 3), O_CLOEXEC | 1);
  delete facts.flags;
  assert.deepEqual(facts, {
    early: "nothing",
    itself: true,
    ending: { kind: "exited", code: 0 },
    link: path,
    killed: "nothing",
    missing: "nothing",
    status: { kind: "exited", code: 127 },
    leaked: [],
    children: 0,
  });
});
