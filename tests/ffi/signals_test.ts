import assert from "node:assert/strict";
import { factsOf } from "../support/own_process.ts";

/** The signals of a hexadecimal set of /proc/PID/status. */
function signalsIn(hex: string): number[] {
  const bits = BigInt(`0x${hex}`);
  return Array.from({ length: 64 }, (_, i) => i + 1)
    .filter((signal) => (bits >> BigInt(signal - 1) & 1n) === 1n);
}

const O_CLOEXEC = 0o2000000;
const O_NONBLOCK = 0o4000;

Deno.test("ignoreSignals() leaves only SIGKILL, SIGCHLD and SIGSTOP, and survives all others", async () => {
  const { ignored } = await factsOf<{ ignored: string }>("signals", [
    "ignore",
  ]);
  const rest = Array.from({ length: 64 }, (_, i) => i + 1)
    .filter((signal) => ![9, 17, 19].includes(signal));
  assert.deepEqual(signalsIn(ignored), rest);
});

/** How close_range(2) and /proc are done without, and what is sealed then. */
const SEALS: [without: string, sealed: number[]][] = [
  ["nothing", [3, 30, 40, 1023, 2000]],
  ["close_range", [3, 30, 40, 1023, 2000]],
  // Without /proc nobody can tell what is open: the first 1024 it is.
  ["/proc", [3, 30, 40, 1023]],
];

Deno.test("sealInheritedFds() makes what was inherited close-on-exec, but not stdio", async () => {
  const leaked = [3, 30, 40, 1023, 2000];
  for (const [without, sealed] of SEALS) {
    const facts = await factsOf<{ before: boolean[]; after: boolean[] }>(
      "signals",
      ["seal", without, ...[0, 1, 2, ...leaked].map(String)],
      { prelude: `ulimit -n 4096; ${inherited(...leaked)}` },
    );
    const stdio = [false, false, false];
    assert.deepEqual(facts, {
      before: [...stdio, ...leaked.map(() => false)],
      after: [...stdio, ...leaked.map((fd) => sealed.includes(fd))],
      leaked: [],
    }, without);
  }
});

/** Descriptors that the daemon has left open. */
function inherited(...fds: number[]): string {
  return "exec " + fds.map((fd) => `${fd}</dev/null`).join(" ");
}

/**
 * The engine's threads take SIGCHLD where they do not block it; where they do
 * (they inherit that), it is as if this process had but one.
 */
const THREADS = {
  "other threads take signals": ":",
  "no other thread takes signals": 'set -- env --block-signal=CHLD "$@"',
};

interface Listening {
  opened: number;
  is: { link: string; flags: string };
  readable: boolean;
  signals: Record<string, string>;
  child: Record<string, string>;
}
const CHLD = 17;
const USR2 = 12;

const listening = (prelude: string) =>
  factsOf<Listening>("signals", ["listen"], { prelude });

const from3to40 = Array.from({ length: 38 }, (_, i) => i + 3);

Deno.test("listenForChildren() is an eventfd of any number, close-on-exec, nonblocking", async () => {
  for (const prelude of [":", inherited(...from3to40)]) {
    const facts = await listening(prelude);
    assert.ok(facts.opened <= 1);
    assert.match(facts.is.link, /eventfd/);
    const flags = parseInt(facts.is.flags, 8);
    const both = O_CLOEXEC | O_NONBLOCK;
    assert.equal(flags & both, both);
    assert.equal(facts.readable, false);
  }
});

Deno.test("listenForChildren() catches SIGCHLD, blocked but for the waits, and children know nothing of it", async () => {
  const wrap = (option: string) => `set -- env ${option} "$@"`;
  const cases: [prelude: string, blocked: number[]][] = [
    [":", []],
    [wrap("--block-signal=CHLD,USR2"), [USR2, CHLD]],
    [wrap("--ignore-signal=CHLD"), []],
  ];
  for (const [prelude, blocked] of cases) {
    const { signals, child } = await listening(prelude);
    assert.ok(signalsIn(signals.SigCgt).includes(CHLD));
    assert.deepEqual(
      signalsIn(signals.SigBlk),
      [...new Set([...blocked, CHLD])].sort((a, b) => a - b),
    );
    assert.deepEqual(signalsIn(child.SigBlk), blocked);
    assert.ok(!signalsIn(child.SigIgn).includes(CHLD));
  }
});

for (const [threads, prelude] of Object.entries(THREADS)) {
  const test = (what: string, body: () => Promise<void>) =>
    Deno.test(`listenForChildren(): ${what}; ${threads}`, body);

  test("readable when a child has ended, and not after that is read", async () => {
    for (const inherits of [":", inherited(...from3to40)]) {
      const options = { prelude: `${inherits}; ${prelude}` };
      assert.deepEqual(await factsOf("signals", ["listenToOne"], options), {
        before: false,
        afterEnd: true,
        wakeUps: 1,
        afterRead: false,
        reapedIt: true,
      });
    }
  });

  test("of four thousand orphans none is missed", async () => {
    assert.deepEqual(
      await factsOf("signals", ["listenToMany", "4000"], { prelude }),
      { reaped: 4_001, left: 0 },
    );
  });

  test("a flood of signals keeps nothing from being served", async () => {
    assert.deepEqual(await factsOf("signals", ["flood", "3000"], { prelude }), {
      calm: 0,
      passedOver: 0,
    });
  });
}

Deno.test("listenForChildren(): while something else is ready a child may end unheard, and is heard of then", async () => {
  // ppoll(2) that has found something takes no signal: it stays pending. That
  // is why children are reaped after every wait, whatever has ended it.
  const prelude = THREADS["no other thread takes signals"];
  assert.deepEqual(await factsOf("signals", ["listenToOther"], { prelude }), {
    before: { other: true, child: 0 },
    reaped: true,
    then: { other: false, child: 1 },
  });
});

Deno.test("listenForChildren(): a child that stops or continues is no event", async () => {
  assert.deepEqual(await factsOf("signals", ["listenToStops"]), {
    whileStopped: false,
    whenContinued: false,
    whenKilled: true,
  });
});
