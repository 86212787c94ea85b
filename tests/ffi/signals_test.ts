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
  const { ignored } = await factsOf<{ ignored: string }>("children", [
    "ignore",
  ]);
  const rest = Array.from({ length: 64 }, (_, i) => i + 1)
    .filter((signal) => ![9, 17, 19].includes(signal));
  assert.deepEqual(signalsIn(ignored), rest);
});

Deno.test("sealInheritedFds() makes what was inherited close-on-exec, but not stdio", async () => {
  const facts = await factsOf<{
    before: string[];
    after: string[];
    again: string[];
  }>("children", ["seal"], {
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

interface Listening {
  opened: number;
  is: { link: string; flags: string };
  readable: boolean;
  signals: Record<string, string>;
  child: Record<string, string>;
}
const CHLD = 17;
const USR2 = 12;

const listening = (prelude: string, how = ["listen"]) =>
  factsOf<Listening>("children", how, { prelude });

Deno.test("listenForChildren() is an eventfd of any number, close-on-exec, nonblocking", async () => {
  for (const prelude of [":", inherited(3, 40)]) {
    const facts = await listening(prelude);
    assert.ok(facts.opened <= 1);
    assert.match(facts.is.link, /eventfd/);
    const flags = parseInt(facts.is.flags, 8);
    const both = O_CLOEXEC | O_NONBLOCK;
    assert.equal(flags & both, both);
    assert.equal(facts.readable, false);
  }
});

/** Descriptors that the daemon has left open. */
function inherited(first: number, last: number): string {
  const all = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  return "exec " + all.map((fd) => `${fd}</dev/null`).join(" ");
}

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

Deno.test("listenForChildren(): readable when a child has ended, and not after that is read", async () => {
  for (const prelude of [":", 'set -- env --block-signal=CHLD "$@"']) {
    assert.deepEqual(
      await factsOf("children", ["listenToOne"], { prelude }),
      {
        before: false,
        afterEnd: true,
        emptied: "moved",
        afterRead: false,
        reapedIt: true,
      },
    );
  }
});

Deno.test("listenForChildren(): of ten thousand orphans none is missed", async () => {
  const facts = await factsOf<{ reaped: number; left: number }>("children", [
    "listenToMany",
    "10000",
  ]);
  assert.equal(facts.left, 0);
  assert.ok(facts.reaped > 10_000, `${facts.reaped}`);
});

Deno.test("listenForChildren(): a child that stops or continues is no event", async () => {
  assert.deepEqual(await factsOf("children", ["listenToStops"]), {
    whileStopped: false,
    whenContinued: false,
    whenKilled: true,
  });
});

Deno.test("listenForChildren(): signals without end keep nothing from being served", async () => {
  assert.deepEqual(await factsOf("children", ["flood"]), { served: 1000 });
});
