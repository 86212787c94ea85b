import assert from "node:assert/strict";
import type {
  ChannelFacts,
  Facts,
  Holder,
  LinkFacts,
  LogEntry,
  LogFacts,
  ProcessFacts,
} from "../../src/inspect/facts.ts";
import { nameLinks } from "../../src/inspect/links.ts";
import { deduceStep } from "../../src/inspect/step.ts";
import { PROJECT } from "../support/build.ts";
import { explain, remarks } from "../../src/inspect/words.ts";

const SHIM = 100;
const INIT = 200;
const DAEMON = 300;

function process(pid: number, ...argv: string[]): ProcessFacts {
  const command = argv.join(" ");
  return { pid, parent: SHIM, state: "S", argv, command, since: 0 };
}

function holder(pid: number, access: string, ...fds: number[]): Holder {
  return {
    pid,
    command: pid === DAEMON ? "dockerd" : `process-${pid}`,
    fds,
    reads: access.includes("r"),
    writes: access.includes("w"),
    blockedByPipe: false,
  };
}

function fifo(name: ChannelFacts["name"], ...holders: Holder[]): ChannelFacts {
  return { name, path: `/s/${name}`, type: "FIFO", holders };
}

function link(name: LinkFacts["name"], ...holders: Holder[]): LinkFacts {
  return { name, object: "pipe:[1]", holders };
}

function log(...entries: LogEntry[]): LogFacts {
  const firstError = entries.find(({ level }) => level === "error")?.message;
  return { kind: "entries", entries, firstError };
}

const MISSING: LogFacts = { kind: "missing" };

/** All FIFOs, with the shim and the daemon at their ends. */
const CONNECTED = [
  fifo("exit", holder(SHIM, "w", 10), holder(DAEMON, "r", 5)),
  fifo("control", holder(SHIM, "rw", 12), holder(DAEMON, "rw", 6)),
  fifo("stdin", holder(SHIM, "rw", 15, 16)),
  fifo("stdout", holder(SHIM, "rw", 24, 25), holder(DAEMON, "r", 7)),
  fifo("stderr", holder(SHIM, "rw", 26, 27), holder(DAEMON, "r", 8)),
];

/** A shim whose container runs; what differs is laid over it. */
function facts(differs: Partial<Facts> = {}): Facts {
  return {
    directory: "/s",
    directoryIs: "there",
    suggestion: undefined,
    asRoot: true,
    hidden: 0,
    hiddenShims: 0,
    shim: {
      ...process(SHIM, "shim", "id", "/b", "runc"),
      id: "id",
      bundle: "/b",
      runtime: "runc",
    },
    transfers: undefined,
    request: { exec: false, terminal: false, runtimeArgs: [] },
    pid: INIT,
    container: process(INIT, "sleep", "1000"),
    exitStatus: undefined,
    children: [],
    channels: CONNECTED,
    links: [
      link("stdin", holder(SHIM, "rw", 18, 19), holder(INIT, "r", 0)),
      link("stdout", holder(SHIM, "r", 20), holder(INIT, "w", 1)),
      link("stderr", holder(SHIM, "r", 22), holder(INIT, "w", 2)),
    ],
    shimLog: log(),
    runtimeLog: MISSING,
    ...differs,
  };
}

/** The container has ended with 3; its output pipes are as given. */
function ended(links: LinkFacts[], differs: Partial<Facts> = {}): Facts {
  return facts({ container: undefined, exitStatus: "3", links, ...differs });
}

/** There is no shim; no process holds anything. */
function dead(differs: Partial<Facts> = {}): Facts {
  const channels = CONNECTED.map((channel) => ({ ...channel, holders: [] }));
  return facts({
    shim: undefined,
    pid: undefined,
    container: undefined,
    channels,
    links: [],
    ...differs,
  });
}

/** Without a pid yet, and without one of the FIFOs. */
function waiting(name: "exit" | "stdout" | "stderr"): Facts {
  const channels = CONNECTED.map((channel) =>
    channel.name === name ? { ...channel, holders: [] } : channel
  );
  return facts({ pid: undefined, container: undefined, channels, links: [] });
}

const call = (action: string) =>
  process(400, "runc", "--log", "l", "--log-format", "json", action, "id");

const CASES: [what: string, facts: Facts, step: string, words: RegExp][] = [
  ["a container runs", facts(), "running", /^The container runs/],
  [
    "an exec runs",
    facts({ request: { exec: true, terminal: false, runtimeArgs: [] } }),
    "running",
    /^The process runs/,
  ],
  [
    "the daemon has not called start",
    facts({ container: process(INIT, "/usr/bin/runc", "init") }),
    "created",
    /waits for the daemon, which has not started it/,
  ],
  ...(["exit", "stdout", "stderr"] as const).map((
    name,
  ): typeof CASES[number] => [
    `nobody reads ${name}`,
    waiting(name),
    "waiting-for-reader",
    new RegExp(`nobody has opened ${name} for reading`),
  ]),
  [
    "between opening and calling",
    facts({ pid: undefined, container: undefined }),
    "starting",
    /is starting/,
  ],
  ...["create", "exec", "restore", "start"].map((
    action,
  ): typeof CASES[number] => [
    `the runtime's ${action} hangs`,
    facts({ pid: undefined, container: undefined, children: [call(action)] }),
    "calling-runtime",
    new RegExp(`waits for the runtime's ${action} \\(process 400\\)`),
  ]),
  [
    "kill hangs",
    ended([], { children: [call("kill")] }),
    "calling-runtime",
    /ended \(exit status 3\).* runtime's kill \(process 400\), 30 s at most/,
  ],
  [
    "delete hangs after a failed start",
    facts({ pid: undefined, container: undefined, children: [call("delete")] }),
    "calling-runtime",
    /start has failed.* runtime's delete/,
  ],
  [
    "a process holds stdout",
    ended([link("stdout", holder(SHIM, "r", 20), holder(1234, "w", 1))]),
    "draining",
    /\(exit status 3\).*because process 1234 \(process-1234\) holds stdout open\./,
  ],
  [
    "a process holds both",
    ended([
      link("stdout", holder(SHIM, "r", 20), holder(1234, "w", 1)),
      link("stderr", holder(SHIM, "r", 22), holder(1234, "w", 2)),
    ]),
    "draining",
    /process 1234 \(process-1234\) holds stdout and stderr open\./,
  ],
  [
    "seven processes hold the terminal",
    ended([
      link(
        "terminal",
        holder(SHIM, "rw", 9),
        ...[1, 2, 3, 4, 5, 6, 7].map((pid) => holder(pid, "rw", 0)),
      ),
    ]),
    "draining",
    /process 5 \(process-5\) holds the terminal open and 2 more hold it open/,
  ],
  [
    "stdin alone holds nothing up",
    ended([link("stdin", holder(SHIM, "rw", 18), holder(1234, "r", 0))], {
      channels: [],
    }),
    "ending",
    /about to end/,
  ],
  [
    "the daemon does not read",
    ended([link("stdout", holder(SHIM, "r", 20))]),
    "undelivered",
    /process 300 \(dockerd\) has stdout and stderr open for reading, but does/,
  ],
  [
    "nobody is there to read",
    ended([link("stdout", holder(SHIM, "r", 20))], {
      channels: [fifo("stdout", holder(SHIM, "rw", 24))],
    }),
    "undelivered",
    /nobody has stdout open for reading\./,
  ],
  [
    "the status could not be written",
    ended([link("stdout", holder(SHIM, "r", 20), holder(1234, "w", 1))], {
      exitStatus: undefined,
    }),
    "draining",
    /\(exit status not recorded\)/,
  ],
  [
    "the directory is gone, the container is not",
    ended([], { directoryIs: "removed", children: [process(INIT, "sleep")] }),
    "running",
    /runs/,
  ],
  [
    "directory and container are gone",
    ended([link("unknown", holder(SHIM, "r", 20), holder(9, "w", 7))], {
      directoryIs: "removed",
      exitStatus: undefined,
      children: [],
    }),
    "draining",
    /process 9 \(process-9\) holds an output open/,
  ],
  [
    "all went well",
    dead({ exitStatus: "3", pid: INIT }),
    "ended",
    /ended \(exit status 3\) and so has its shim/,
  ],
  [
    "the shim gave a reason",
    dead({ shimLog: log({ level: "error", message: "no FIFO" }) }),
    "failed",
    /ended with an error: no FIFO$/,
  ],
  [
    "the runtime refused, and said why",
    dead({
      shimLog: log({ level: "warn", message: "The runtime's create exited" }),
      runtimeLog: log({ level: "error", message: "no such file" }),
    }),
    "refused",
    /runtime did not start the container: no such file$/,
  ],
  [
    "the runtime refused in silence",
    dead({
      shimLog: log({ level: "warn", message: "The runtime's exec exited" }),
      request: { exec: true, terminal: false, runtimeArgs: [] },
    }),
    "refused",
    /did not start the process: The runtime's exec exited$/,
  ],
  ["the shim was killed", dead(), "died", /died without a report/],
  [
    "the shim was killed, the container lives",
    dead({ pid: INIT, container: process(INIT, "sleep") }),
    "died",
    /The container \(process 200\) still runs/,
  ],
  [
    "the exit status is empty",
    dead({ pid: INIT, exitStatus: "" }),
    "died",
    /no exit status/,
  ],
  [
    "no shim has come",
    dead({ shimLog: MISSING }),
    "never-started",
    /No shim has ever started/,
  ],
  [
    "not all may be seen",
    dead({ hiddenShims: 2, exitStatus: "0" }),
    "hidden",
    /one of the 2 that this user may not look into/,
  ],
  [
    "there is nothing",
    dead({ directoryIs: "missing" }),
    "no-directory",
    /no directory "\/s"/,
  ],
  [
    "it may not be read",
    dead({ directoryIs: "unreadable" }),
    "unreadable",
    /again as root/,
  ],
  [
    "it is the directory above",
    dead({
      request: undefined,
      shimLog: MISSING,
      channels: [],
      suggestion: "/s/init",
    }),
    "not-a-state-directory",
    /no state directory.* Perhaps you mean "\/s\/init"/,
  ],
];

for (const [what, given, step, words] of CASES) {
  Deno.test(`deduceStep() and explain(): ${what}`, () => {
    const found = deduceStep(given);
    assert.equal(found.kind, step);
    assert.match(explain(given, found), words);
  });
}

Deno.test("the manual page explains each step", () => {
  const page = Deno.readTextFileSync(
    `${PROJECT}/docs/docker-containerd-shim.8`,
  );
  for (const [, , step] of CASES) {
    assert.match(
      page,
      new RegExp(`^\\.It Cm (.* )?${step}( ,.*)?$`, "m"),
      step,
    );
  }
});

function remarksOf(given: Facts): string[] {
  return remarks(given, deduceStep(given));
}

Deno.test("remarks() has nothing to say about what is as it should be", () => {
  assert.deepEqual(remarksOf(facts()), []);
  assert.deepEqual(remarksOf(dead({ exitStatus: "0" })), []);
});

Deno.test("remarks() tells what is not as it should be", () => {
  const shim = facts().shim!;
  const lonely = CONNECTED.map((channel) => ({
    ...channel,
    holders: channel.holders.filter(({ pid }) => pid === SHIM),
  }));
  const blocked = { ...holder(INIT, "w", 1), blockedByPipe: true };
  const cases: [Facts, RegExp[]][] = [
    [facts({ shim: { ...shim, state: "T" } }), [/does nothing: it is stopped/]],
    [facts({ directoryIs: "removed" }), [/has been removed/]],
    [
      facts({ children: [{ ...process(5, "x"), state: "Z" }] }),
      [/not reaped its dead children yet: 5/],
    ],
    [
      facts({ channels: lonely }),
      [/No daemon listens/, /Nobody but the shim has stdout and stderr open/],
    ],
    [
      facts({ links: [link("stdout", holder(SHIM, "r", 20), blocked)] }),
      [/^Process 200 \(process-200\) stands still/],
    ],
    [
      facts({ container: { ...process(INIT, "sleep"), parent: 150 } }),
      [/^The container is not the shim's child yet, but that of process 150:/],
    ],
    [
      facts({
        container: { ...process(INIT, "sleep"), parent: 150 },
        children: [process(150, "conmon", "x")],
      }),
      [/but that of process 150 \(conmon x\):/],
    ],
    [
      facts({
        container: { ...process(INIT, "runc", "init"), parent: 400 },
        children: [call("create")],
      }),
      [],
    ],
    [facts({ hidden: 1 }), [/^One process may not be looked into.* show\.$/]],
    [facts({ hidden: 2, asRoot: false }), [/^2 processes.*again as root/]],
    [
      dead({ request: { error: "process.json: empty" } }),
      [/^process\.json: empty\.$/],
    ],
    [
      dead({ channels: [{ ...fifo("exit"), type: "missing" }] }),
      [/exit is missing/],
    ],
  ];
  for (const [given, expected] of cases) {
    const found = remarksOf(given);
    assert.equal(found.length, expected.length, found.join("\n"));
    expected.forEach((words, index) => assert.match(found[index], words));
  }
});

const NAMED: [
  what: string,
  pipes: Holder[][],
  names: string[],
  call?: number,
][] = [
  ["the container's descriptors tell", [
    [holder(SHIM, "r", 22), holder(INIT, "w", 2)],
    [holder(SHIM, "rw", 18, 19), holder(INIT, "r", 0)],
    [holder(SHIM, "r", 20), holder(INIT, "w", 1)],
  ], ["pipe:[1] stdin", "pipe:[2] stdout", "pipe:[0] stderr"]],
  ["whoever is left tells", [
    [holder(SHIM, "rw", 18, 19)],
    [holder(SHIM, "r", 22), holder(9, "w", 2)],
  ], ["pipe:[0] stdin", "pipe:[1] stderr"]],
  ["what the shim holds tells", [
    [holder(SHIM, "rw", 18, 19)],
    [holder(SHIM, "r", 22)],
  ], ["pipe:[0] stdin", "pipe:[1] unknown"]],
  ["the order in which they were made tells", [
    [holder(SHIM, "rw", 18, 19)],
    [holder(SHIM, "rw", 22, 23)],
    [holder(SHIM, "rw", 20, 21)],
  ], ["pipe:[0] stdin", "pipe:[2] stdout", "pipe:[1] stderr"]],
  [
    "what the runtime prints to is known",
    [
      [holder(SHIM, "r", 20), holder(400, "w", 1, 2)],
      [holder(SHIM, "rw", 18, 19)],
    ],
    ["pipe:[1] stdin", "pipe:[0] runtime output"],
    400,
  ],
  ["what the shim was started with is left out", [
    [holder(SHIM, "r", 0), holder(9, "w", 4)],
    [holder(SHIM, "w", 1, 2), holder(9, "r", 4)],
    [holder(SHIM, "w", 63), holder(9, "r", 4)],
    [holder(SHIM, "r", 64), holder(DAEMON, "w", 4)],
  ], []],
];

for (const [what, pipes, expected, call = 0] of NAMED) {
  Deno.test(`nameLinks(): ${what}`, () => {
    const named = nameLinks(
      pipes.map((holders, index) => ({ object: `pipe:[${index}]`, holders })),
      { shim: SHIM, parent: DAEMON, container: INIT, call },
    );
    assert.deepEqual(
      named.map(({ name, object }) => `${object} ${name}`),
      expected,
    );
  });
}
