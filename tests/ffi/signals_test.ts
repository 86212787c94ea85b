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
const isCloexec = (flags: string) => (parseInt(flags, 8) & O_CLOEXEC) !== 0;

Deno.test("ignoreSignals() leaves only SIGKILL, SIGCHLD and SIGSTOP, and survives all others", async () => {
  const { ignored } = await factsOf<{ ignored: string }>("signals", ["ignore"]);
  const rest = Array.from({ length: 64 }, (_, i) => i + 1)
    .filter((signal) => ![9, 17, 19].includes(signal));
  assert.deepEqual(signalsIn(ignored), rest);
});

Deno.test("sealInheritedFds() makes what was inherited close-on-exec, but not stdio", async () => {
  const facts = await factsOf<{
    before: string[];
    after: string[];
    again: string[];
  }>("signals", ["seal"], {
    prelude: "exec 30</dev/null 31>/dev/null 32<>/dev/null",
  });
  assert.deepEqual(facts.before.slice(0, 3).map(isCloexec), [
    false,
    false,
    false,
  ]);
  assert.deepEqual(facts.after.slice(0, 3).map(isCloexec), [true, true, true]);
  assert.deepEqual(facts.after.slice(3), facts.before.slice(3));
  assert.deepEqual(facts.again, facts.after);
});

Deno.test("childEventsTaken() tells whether descriptor 17 is in use", async () => {
  assert.deepEqual(await factsOf("signals", ["taken"]), {
    before: true,
    after: false,
  });
});

interface Installed {
  number: number;
  opened: number;
  is: { link: string; flags: string };
  readable: boolean;
  signals: Record<string, string>;
  blockedBefore: number[];
}

Deno.test("childEvents() is one eventfd with SIGCHLD's number, close-on-exec, nonblocking", async () => {
  const facts = await factsOf<Installed>("signals", ["install"]);
  assert.equal(facts.number, 17);
  assert.equal(facts.opened, 1);
  assert.match(facts.is.link, /eventfd/);
  const flags = parseInt(facts.is.flags, 8);
  assert.equal(flags & (O_CLOEXEC | O_NONBLOCK), O_CLOEXEC | O_NONBLOCK);
  assert.equal(facts.readable, false);
});

Deno.test("childEvents() catches SIGCHLD and tells what was blocked: nothing", async () => {
  const facts = await factsOf<Installed>("signals", ["install"]);
  assert.ok(signalsIn(facts.signals.SigCgt).includes(17));
  assert.ok(!signalsIn(facts.signals.SigIgn).includes(17));
  assert.deepEqual(facts.blockedBefore, Array(128).fill(0));
});

Deno.test("childEvents() unblocks a blocked SIGCHLD and tells what was blocked", async () => {
  const facts = await factsOf<Installed>("signals", ["install"], {
    prelude: 'set -- env --block-signal=CHLD,USR2 "$@"',
  });
  assert.deepEqual(signalsIn(facts.signals.SigBlk), [12]);
  const expected = Array(128).fill(0);
  expected[1] = 1 << (12 - 9);
  expected[2] = 1 << (17 - 17);
  assert.deepEqual(facts.blockedBefore, expected);
});

Deno.test("childEvents() catches a SIGCHLD that was ignored at the start", async () => {
  const facts = await factsOf<Installed>("signals", ["install"], {
    prelude: 'set -- env --ignore-signal=CHLD "$@"',
  });
  assert.ok(signalsIn(facts.signals.SigCgt).includes(17));
});

Deno.test("childEvents() works when the eventfd is given 17 at once", async () => {
  assert.deepEqual(await factsOf("signals", ["direct"]), {
    number: 17,
    opened: 1,
    readable: true,
  });
});

Deno.test("childEvents(): readable when a child has ended, and not after that is read", async () => {
  assert.deepEqual(await factsOf("signals", ["child"]), {
    before: false,
    afterEnd: true,
    count: 8,
    counted: true,
    afterRead: false,
    reapedIt: true,
    ending: { kind: "exited", code: 3 },
  });
});

Deno.test("childEvents(): of many children none is missed", async () => {
  const facts = await factsOf<{ left: number; rounds: number }>(
    "signals",
    ["many", "200"],
  );
  assert.equal(facts.left, 0);
  assert.ok(facts.rounds <= 201, `${facts.rounds} rounds`);
});

Deno.test("childEvents(): a child that stops or continues is no event", async () => {
  assert.deepEqual(await factsOf("signals", ["stopped"]), {
    whileStopped: false,
    whenContinued: false,
    whenKilled: true,
    ending: { kind: "signaled", signal: 9 },
  });
});

Deno.test("PollSet.wait() returns 0 when SIGCHLD interrupts it", async () => {
  assert.deepEqual(await factsOf("signals", ["interrupt"]), {
    ready: 0,
    early: true,
  });
});
