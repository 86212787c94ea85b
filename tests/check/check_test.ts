import assert from "node:assert/strict";
import {
  assessHost,
  assessRuntime,
  atLeast,
  isFit,
} from "../../src/check/assess.ts";
import type { HostFacts, RuntimeFacts } from "../../src/check/facts.ts";
import type { Row, Verdict } from "../../src/check/row.ts";
import { consoleFlags, listedCommands } from "../../src/check/runtime.ts";
import { defaultShim } from "../support/build.ts";
import { fdsNow, TempDir } from "../support/own_files.ts";
import { RUNC } from "../support/runc.ts";

const BAD = { kind: "failed", reason: "it did not" } as const;
const ok = <T>(value: T) => ({ kind: "ok", value }) as const;
const GOOD = { kind: "ok", value: true } as const;

function host(differs: Partial<HostFacts> = {}): HostFacts {
  return {
    architecture: "x86_64",
    kernel: "6.1.0-18-amd64",
    glibc: ok("2.36"),
    subreaper: GOOD,
    missingSymbols: [],
    machineCode: GOOD,
    pty: GOOD,
    slaveByMaster: GOOD,
    unnamedFile: ok("/s"),
    nullDevice: GOOD,
    limits: {
      openFiles: 1024,
      addressSpace: Infinity,
      data: Infinity,
      stack: 8 << 20,
    },
    ownMemory: { peak: 65 * 2 ** 30, data: 520 * 2 ** 20 },
    strictOvercommit: undefined,
    socketDirectories: ok([{ path: "/tmp", fault: undefined }]),
    spool: ok(""),
    generation: ok(""),
    ...differs,
  };
}

const NEEDED = ["create", "start", "exec", "kill", "delete"];

function runtime(
  differs: Partial<Extract<RuntimeFacts, { kind: "found" }>> = {},
): RuntimeFacts {
  return {
    kind: "found",
    command: "runc",
    path: "/usr/bin/runc",
    version: ok("runc version 1.1.5"),
    consoles: ok({ socket: true, path: false }),
    commands: ok([...NEEDED, "restore"]),
    ...differs,
  };
}

function notOk(rows: Row[]): [what: string, verdict: Verdict][] {
  for (const { verdict, follows, what } of rows) {
    assert.equal(follows === "", verdict === "ok", what);
  }
  return rows.filter(({ verdict }) => verdict !== "ok")
    .map(({ what, verdict }) => [what, verdict]);
}

Deno.test("assessHost() finds nothing wrong with a usual machine", () => {
  assert.deepEqual(notOk(assessHost(host())), []);
});

const FAULTS: [Partial<HostFacts>, what: string, verdict: Verdict][] = [
  [{ kernel: "3.10.0-1160.el7.x86_64" }, "kernel", "warn"],
  [{ glibc: ok("2.17") }, "glibc", "fail"],
  [{ glibc: BAD }, "glibc", "fail"],
  [{ subreaper: BAD }, "subreaper", "fail"],
  [{ missingSymbols: ["ppoll"] }, "C library", "fail"],
  [{ machineCode: BAD }, "executable memory", "fail"],
  [{ nullDevice: BAD }, "/dev/null", "warn"],
  [{ strictOvercommit: { left: 2 ** 30 } }, "overcommit", "warn"],
  [{ pty: BAD }, "terminals", "warn"],
  [
    { slaveByMaster: ok(false) },
    "terminal's slave by its master",
    "warn",
  ],
  [{ unnamedFile: BAD }, "unnamed files (O_TMPFILE)", "warn"],
  [
    {
      socketDirectories: ok([
        { path: "/long", fault: "its name is too long" },
        { path: "/run", fault: undefined },
      ]),
    },
    "place for console sockets",
    "warn",
  ],
  [
    {
      socketDirectories: ok([{ path: "/tmp", fault: "it does not exist" }]),
    },
    "place for console sockets",
    "fail",
  ],
  [{ socketDirectories: BAD }, "place for console sockets", "fail"],
  [{ spool: BAD }, "setting: spool", "warn"],
  [{ generation: BAD }, "setting: generation", "warn"],
];

for (const [fault, what, verdict] of FAULTS) {
  const [found] = Object.values(fault).map((value) => JSON.stringify(value));
  Deno.test(`assessHost() of ${Object.keys(fault)} ${found}: ${verdict}`, () => {
    const rows = assessHost(host(fault));
    assert.deepEqual(notOk(rows), [[what, verdict]]);
    assert.equal(isFit(rows), verdict !== "fail");
  });
}

Deno.test("assessRuntime() judges a runtime by its own words", () => {
  const cases: [RuntimeFacts, [string, Verdict][]][] = [
    [runtime(), []],
    [
      { kind: "missing", command: "x", reason: "not found" },
      [["runtime", "fail"]],
    ],
    [runtime({ version: BAD }), [["runtime's version", "warn"]]],
    [
      runtime({ consoles: ok({ socket: false, path: false }) }),
      [["runtime's flag for terminals", "warn"]],
    ],
    [runtime({ consoles: BAD }), [["runtime's flag for terminals", "warn"]]],
    [
      runtime({ commands: ok(NEEDED) }),
      [["runtime's commands", "warn"]],
    ],
    [
      runtime({ commands: ok(["create", "start"]) }),
      [["runtime's commands", "fail"]],
    ],
    [
      runtime({ commands: ok([]) }),
      [["runtime's commands", "warn"]],
    ],
    [runtime({ commands: BAD }), [["runtime's commands", "warn"]]],
  ];
  for (const [facts, expected] of cases) {
    assert.deepEqual(notOk(assessRuntime(facts)), expected);
  }
});

Deno.test("atLeast() compares numbers and not texts", () => {
  for (const version of ["4.13", "4.13.0-rc1", "4.100.1", "5.2", "10.0"]) {
    assert.equal(atLeast(version, 4, 13), true, version);
  }
  for (const version of ["4.12.14", "3.10.0-1160", "2.99", "", "x"]) {
    assert.equal(atLeast(version, 4, 13), false, version);
  }
});

Deno.test("consoleFlags() reads the help of old and new runtimes", () => {
  const cases: [help: string, socket: boolean, path: boolean][] = [
    ["   --console value   specify the pty slave path", false, true],
    ["   --console-socket value   path to an AF_UNIX socket", true, false],
    ["      --console-socket=SOCKET   path to a socket", true, false],
    ["  -c, --console-socket <CONSOLE_SOCKET>\n  --console", true, true],
    ["   --consoles and --console-sockets", false, false],
    ["", false, false],
  ];
  for (const [help, socket, path] of cases) {
    assert.deepEqual(consoleFlags(help), { socket, path }, help);
  }
});

Deno.test("listedCommands() takes names at the beginning of lines", () => {
  const runc = "COMMANDS:\n   create   create a container\n" +
    "   delete, rm   delete any\n   exec     execute\n";
  assert.deepEqual(listedCommands(runc), ["create", "exec", "delete"]);
  const crun = "COMMANDS:\n\tkill        - send a signal\n\tstart - start\n";
  assert.deepEqual(listedCommands(crun), ["start", "kill"]);
  assert.deepEqual(listedCommands("to create, or to start"), []);
  assert.deepEqual(listedCommands("  create-all\n  restored"), []);
});

interface Answer {
  code: number;
  text: string;
}

async function check(
  args: string[],
  options: Deno.CommandOptions = {},
): Promise<Answer> {
  const { code, stdout, stderr } = await new Deno.Command(defaultShim(), {
    args: ["--check", ...args],
    stdin: "null",
    ...options,
  }).output();
  assert.equal(new TextDecoder().decode(stderr), "");
  return { code, text: new TextDecoder().decode(stdout) };
}

/** The rows of the answer in JSON, by their names. */
function rowsOf({ text }: Answer): Map<string, Row> {
  const { checks } = JSON.parse(text) as { checks: Row[] };
  return new Map(checks.map((row) => [row.what, row]));
}

Deno.test("--check finds this machine and the real runc fit", async () => {
  const before = fdsNow();
  const { code, text } = await check([RUNC]);
  assert.equal(code, 0, text);
  assert.match(text, /^ok +runtime's flag for terminals .*--console-socket$/m);
  assert.match(text, /^ok +subreaper /m);
  assert.match(text, /\nThe shim can run here/);
  assert.deepEqual(fdsNow(), before);
});

Deno.test("--check --json says the same, for machines", async () => {
  const answer = await check([RUNC, "--json"]);
  const { ok, architecture } = JSON.parse(answer.text);
  assert.equal(ok, true);
  assert.equal(architecture, Deno.build.arch);
  const rows = rowsOf(answer);
  assert.equal(rows.get("kernel")?.found, Deno.osRelease());
  assert.match(rows.get("runtime's version")!.found, /^runc version /);
  for (const row of rows.values()) assert.notEqual(row.verdict, "fail");
});

Deno.test("--check leaves nothing behind in the directory it is called in", async () => {
  using dir = new TempDir();
  const { code } = await check([], { cwd: dir.path });
  assert.equal(code, 0);
  assert.deepEqual([...Deno.readDirSync(dir.path)], []);
});

Deno.test("--check in a directory whose name is not UTF-8 finds nothing wrong with that", async () => {
  using dir = new TempDir();
  const script = 'd=$(printf "m\\374l") && mkdir "$d" && cd "$d" && exec "$@"';
  const command = new Deno.Command("sh", {
    args: ["-c", script, "sh", defaultShim(), "--check", "--json"],
    cwd: dir.path,
    stdin: "null",
  });
  const { code, stdout } = await command.output();
  const rows = rowsOf({ code, text: new TextDecoder().decode(stdout) });
  const row = rows.get("unnamed files (O_TMPFILE)")!;
  assert.equal(row.found, `work in ${dir.path}/m\udcfcl`);
  assert.equal(row.verdict, "ok");
});

Deno.test("--check of a runtime that is not there fails", async () => {
  const { code, text } = await check(["no-such-runtime"]);
  assert.equal(code, 1);
  assert.match(text, /^fail +runtime .*Cannot find the runtime/m);
  assert.match(text, /\nThe shim cannot do its work here/);
});

Deno.test("--check of a runtime in a directory whose name is not UTF-8", async () => {
  using dir = new TempDir();
  dir.file("rt", "#!/bin/sh\necho runtime 9\n", 0o755);
  const script = 'd=$(printf "m\\374l") && mkdir "$d" && mv rt "$d" && ' +
    'PATH=$PWD/$d:$PATH exec "$@"';
  const command = new Deno.Command("sh", {
    args: ["-c", script, "sh", defaultShim(), "--check", "rt", "--json"],
    cwd: dir.path,
    stdin: "null",
  });
  const { code, stdout } = await command.output();
  const rows = rowsOf({ code, text: new TextDecoder().decode(stdout) });
  assert.equal(rows.get("runtime")?.found, `${dir.path}/m\udcfcl/rt`);
  assert.equal(rows.get("runtime's version")?.found, "runtime 9");
});

Deno.test("--check of a file that is no program fails", async () => {
  using dir = new TempDir();
  const answer = await check([dir.file("rt", "", 0o644), "--json"]);
  assert.equal(answer.code, 1);
  assert.match(rowsOf(answer).get("runtime")!.found, /is no executable file/);
});

Deno.test("--check tells the runtime of Docker 1.13 by its flag", async () => {
  using dir = new TempDir();
  const script = dir.file(
    "rt",
    '#!/bin/sh\ncase "$*" in\n' +
      "--version) echo runc version 1.0.0-rc2;;\n" +
      '"create --help") echo "   --console value  the pty slave path";;\n' +
      '--help) for c in create start exec kill delete; do echo "  $c"; done;;\n' +
      "*) exit 9;; esac\n",
    0o755,
  );
  const answer = await check([script, "--json"]);
  assert.equal(answer.code, 0);
  const rows = rowsOf(answer);
  assert.equal(rows.get("runtime's flag for terminals")?.found, "--console");
  assert.equal(rows.get("runtime's version")?.found, "runc version 1.0.0-rc2");
  assert.match(rows.get("runtime's commands")!.follows, /Checkpoints/);
});

Deno.test("--check says of settings what is wrong with them", async () => {
  const env = {
    DOCKER_CONTAINERD_SHIM_SPOOL: "/no/such/directory:1M",
    DOCKER_CONTAINERD_SHIM_GENERATION: "1.10",
    TMPDIR: `/${"x".repeat(90)}`,
  };
  const answer = await check(["--json"], { env });
  assert.equal(answer.code, 0);
  const rows = rowsOf(answer);
  assert.match(
    rows.get("setting: spool")!.found,
    /no\/such\/directory.*ENOENT/,
  );
  assert.match(rows.get("setting: generation")!.found, /expected one of 1\.11/);
  assert.match(rows.get("place for console sockets")!.found, /too long by/);
  for (
    const [name, follows] of [
      ["spool", "nothing is spooled"],
      ["generation", "the generation is 1.13"],
    ]
  ) {
    const row = rows.get(`setting: ${name}`);
    assert.equal(row?.verdict, "warn");
    assert.equal(
      row?.follows,
      `In the daemon's environment it has no effect: ${follows}.`,
    );
  }
});

Deno.test("--check sees low limits", async () => {
  const script = 'ulimit -n 25; exec "$@" --check --json';
  const { code, stdout } = await new Deno.Command("bash", {
    args: ["-c", script, "bash", defaultShim()],
    stdin: "null",
  }).output();
  const rows = rowsOf({ code, text: new TextDecoder().decode(stdout) });
  assert.equal(rows.get("open files")?.found, "25");
  assert.equal(code, 1);
});
