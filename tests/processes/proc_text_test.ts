import assert from "node:assert/strict";
import {
  lastName,
  parseBootTime,
  parseCmdline,
  parseFdinfo,
  parseIo,
  parseStat,
  startTime,
  writesToFullPipe,
} from "../../src/processes/proc_text.ts";
import { logFacts } from "../../src/inspect/files.ts";
import { ACTIONS, runtimeAction } from "../../src/runtime/action.ts";

/** /proc/<pid>/stat with a name of one's own. */
function statText(name: string): string {
  return `10808 (${name}) S 10807 10808 25554 0 -1 4194304 4377 140 0 0 3 2 ` +
    "0 0 20 0 1 0 595046 35399585792 5255 18446744073709551615 1 1 0\n";
}

Deno.test("parseStat() finds the fields behind any name", () => {
  for (const name of ["docker-container", "a) Z 1 (b", "", "new\nline", "("]) {
    assert.deepEqual(parseStat(statText(name)), {
      pid: 10808,
      name,
      state: "S",
      parent: 10807,
      startTicks: 595046,
    });
  }
});

Deno.test("parseStat() of anything else is undefined", () => {
  for (const text of ["", "1", "1 (x", "1 (x) ", "1 (x) S 1 2", ")(", "x"]) {
    assert.equal(parseStat(text), undefined, JSON.stringify(text));
  }
});

Deno.test("parseStat() reads this process's own line", () => {
  const stat = parseStat(Deno.readTextFileSync("/proc/self/stat"))!;
  assert.equal(stat.pid, Deno.pid);
  assert.equal(stat.parent, Deno.ppid);
  const boot = parseBootTime(Deno.readTextFileSync("/proc/stat"))!;
  const since = startTime(stat, boot);
  // To the second, as the start of the machine is known.
  assert.ok(since <= Date.now() + 1000, `${since} is not in the future`);
});

Deno.test("startTime() adds hundredths of seconds to the machine's start", () => {
  const stat = parseStat(statText("x"))!;
  assert.equal(startTime(stat, 1_000), 1_000_000 + 5_950_460);
  assert.equal(parseBootTime("cpu 1 2\nbtime 1795441950\n"), 1_795_441_950);
  assert.equal(parseBootTime("cpu 1 2\n"), undefined);
});

Deno.test("parseCmdline() keeps empty arguments", () => {
  const cases: [text: string, argv: string[]][] = [
    ["", []],
    ["a\0", ["a"]],
    ["a\0\0b\0", ["a", "", "b"]],
    ["\0", [""]],
    ["a title without an end", ["a title without an end"]],
  ];
  for (const [text, argv] of cases) assert.deepEqual(parseCmdline(text), argv);
});

Deno.test("parseFdinfo() tells access modes and terminals", () => {
  const cases: [flags: string, reads: boolean, writes: boolean][] = [
    ["0100000", true, false],
    ["02100001", false, true],
    ["02104002", true, true],
    // O_PATH and O_ACCMODE: descriptors that can do neither.
    ["012000000", false, false],
    ["03", false, false],
  ];
  for (const [flags, reads, writes] of cases) {
    assert.deepEqual(parseFdinfo(`pos:\t0\nflags:\t${flags}\nmnt_id:\t24\n`), {
      reads,
      writes,
      terminal: undefined,
    });
  }
  const master = "pos:\t0\nflags:\t02100002\nmnt_id:\t24\ntty-index:\t40\n";
  assert.equal(parseFdinfo(master)?.terminal, 40);
  assert.equal(parseFdinfo(""), undefined);
});

Deno.test("parseIo() takes the bytes of system calls", () => {
  const text = "rchar: 1872454\nwchar: 61689\nsyscr: 1\nread_bytes: 5\n";
  assert.deepEqual(parseIo(text), { read: 1872454, written: 61689 });
  assert.equal(parseIo(""), undefined);
});

Deno.test("writesToFullPipe() knows the kernel's names for that", () => {
  for (const name of ["pipe_write", "anon_pipe_write", "fifo_pipe_write"]) {
    assert.equal(writesToFullPipe(name), true, name);
  }
  for (const name of ["0", "", "pipe_read", "do_sys_poll", "pipe_writer"]) {
    assert.equal(writesToFullPipe(name), false, name);
  }
});

Deno.test("lastName() is the name that a link ends with", () => {
  assert.equal(lastName("/run/x/exit"), "exit");
  assert.equal(lastName("/run/x/exit (deleted)"), "exit");
  assert.equal(lastName("/dev/pts/4"), "4");
  assert.equal(lastName("pipe:[12]"), "pipe:[12]");
});

Deno.test("logFacts() takes the shim's and runc's lines, and any others", () => {
  const text = [
    '{"level": "warn","msg": "one"}',
    "",
    '{"level":"error","msg":"two","time":"2026-01-01T00:00:00Z"}',
    '{"level": "error","msg": "a "quoted" word"}',
    "plain words",
    '{"msg":5}',
  ].join("\n");
  assert.deepEqual(logFacts(text).entries, [
    { level: "warn", message: "one" },
    { level: "error", message: "two", time: "2026-01-01T00:00:00Z" },
    {
      level: "unknown",
      message: '{"level": "error","msg": "a "quoted" word"}',
    },
    { level: "unknown", message: "plain words" },
    { level: "unknown", message: '{"msg":5}' },
  ]);
  const many = Array.from({ length: 9 }, (_, i) => `line ${i}`).join("\n");
  assert.deepEqual(
    logFacts(many).entries.map(({ message }) => message),
    ["line 4", "line 5", "line 6", "line 7", "line 8"],
  );
  assert.deepEqual(logFacts("").entries, []);
  assert.equal(logFacts(many).firstError, undefined);
  assert.equal(logFacts(`${text}\n${many}`).firstError, "two");
});

const GLOBAL = ["--log", "/s/log.json", "--log-format", "json"];

Deno.test("runtimeAction() finds each action behind the global options", () => {
  for (const action of ACTIONS) {
    assert.equal(
      runtimeAction(["runc", ...GLOBAL, action, "id"], "runc", []),
      action,
    );
    assert.equal(
      runtimeAction(["/usr/bin/runc", action, "id"], "runc", []),
      action,
    );
  }
});

Deno.test("runtimeAction() is not misled by options of the daemon", () => {
  const options = ["--root", "delete", "--systemd-cgroup"];
  const argv = ["runc", ...GLOBAL, ...options, "create", "--bundle", "/b"];
  assert.equal(runtimeAction(argv, "runc", options), "create");
  const kill = ["runc", ...options, "kill", "--all", "id", "SIGKILL"];
  assert.equal(runtimeAction(kill, "runc", options), "kill");
});

Deno.test("runtimeAction() sees through setpriv and interpreters", () => {
  const call = ["/opt/rt", ...GLOBAL, "exec", "-d"];
  const setpriv = ["setpriv", "--pdeathsig", "KILL", "--"];
  for (const before of [setpriv, ["/bin/sh"], ["python3", "-u"]]) {
    assert.equal(runtimeAction([...before, ...call], "/opt/rt", []), "exec");
  }
});

Deno.test("runtimeAction() of another process is undefined", () => {
  const others = [
    [],
    ["sleep", "1000"],
    ["runc", "init"],
    ["runc"],
    ["runc", "--version"],
    ["sh", "-c", "delete"],
  ];
  for (const argv of others) {
    assert.equal(runtimeAction(argv, "runc", []), undefined, argv.join(" "));
  }
});
