import assert from "node:assert/strict";
import {
  assessLimits,
  type Limits,
  parseLimits,
  parseOvercommit,
  parseOwnMemory,
} from "../../src/check/limits.ts";

const GIB = 2 ** 30;
const MIB = 2 ** 20;

const FREE: Limits = {
  openFiles: Infinity,
  addressSpace: Infinity,
  data: Infinity,
  stack: Infinity,
};
const OWN = { peak: 65 * GIB, data: 520 * MIB };

/** What the kernel shows of a process with such soft limits. */
function limitsText(soft: string): string {
  return [
    "Limit                     Soft Limit           Hard Limit           Units",
    `Max data size             ${soft.padEnd(20)} unlimited            bytes`,
    `Max stack size            ${soft.padEnd(20)} unlimited            bytes`,
    `Max open files            ${soft.padEnd(20)} 524288               files`,
    `Max address space         ${soft.padEnd(20)} unlimited            bytes`,
    "",
  ].join("\n");
}

Deno.test("parseLimits() takes the soft limits", () => {
  const all = (limit: number | undefined): Limits => ({
    openFiles: limit,
    addressSpace: limit,
    data: limit,
    stack: limit,
  });
  assert.deepEqual(parseLimits(limitsText("1024")), all(1024));
  assert.deepEqual(parseLimits(limitsText("unlimited")), all(Infinity));
  assert.deepEqual(parseLimits(""), all(undefined));
  const own = parseLimits(Deno.readTextFileSync("/proc/self/limits"));
  for (const [name, limit] of Object.entries(own)) assert.ok(limit > 0, name);
});

Deno.test("parseOwnMemory() and parseOvercommit() give bytes", () => {
  const status = "VmPeak:\t    1000 kB\nVmSize:\t  900 kB\nVmData:\t  500 kB\n";
  assert.deepEqual(parseOwnMemory(status), {
    peak: 1_024_000,
    data: 512_000,
  });
  assert.equal(parseOwnMemory(""), undefined);
  const own = parseOwnMemory(Deno.readTextFileSync("/proc/self/status"))!;
  assert.ok(own.peak >= own.data && own.data > 0);

  const meminfo = "CommitLimit:     3000 kB\nCommitted_AS:    1000 kB\n";
  assert.deepEqual(parseOvercommit("2\n", meminfo), { left: 2_048_000 });
  assert.equal(parseOvercommit("0\n", meminfo), undefined);
  assert.equal(parseOvercommit("", ""), undefined);
});

const CASES: [
  what: string,
  Partial<Limits>,
  strictlyLeft: number | undefined,
  verdict: string,
  found: string,
][] = [
  ["open files", { openFiles: 29 }, undefined, "fail", "29"],
  ["open files", { openFiles: 30 }, undefined, "ok", "30"],
  ["open files", { openFiles: undefined }, undefined, "warn", "unknown"],
  [
    "address space (RLIMIT_AS)",
    { addressSpace: 64 * GIB },
    undefined,
    "fail",
    "64.0 GiB",
  ],
  [
    "address space (RLIMIT_AS)",
    { addressSpace: 65 * GIB },
    undefined,
    "ok",
    "65.0 GiB",
  ],
  ["data (RLIMIT_DATA)", { data: 583 * MIB }, undefined, "fail", "583 MiB"],
  ["data (RLIMIT_DATA)", { data: 584 * MIB }, undefined, "ok", "584 MiB"],
  ["stack (RLIMIT_STACK)", { stack: 255 << 10 }, undefined, "fail", "255 KiB"],
  ["stack (RLIMIT_STACK)", { stack: 256 << 10 }, undefined, "ok", "256 KiB"],
  ["overcommit", {}, undefined, "ok", "not strict"],
  [
    "overcommit",
    {},
    519 * MIB,
    "fail",
    "strict, with room for 0 more shims",
  ],
  [
    "overcommit",
    {},
    10 * 520 * MIB,
    "warn",
    "strict, with room for 10 more shims",
  ],
  [
    "overcommit",
    {},
    100 * 520 * MIB,
    "ok",
    "strict, with room for 100 more shims",
  ],
  ["overcommit", {}, -MIB, "fail", "strict, with room for 0 more shims"],
];

for (const [what, limits, left, verdict, found] of CASES) {
  Deno.test(`assessLimits(): ${what}, ${found}: ${verdict}`, () => {
    const strict = left === undefined ? undefined : { left };
    const rows = assessLimits({ ...FREE, ...limits }, OWN, strict);
    const judged = rows.find((row) => row.what === what)!;
    assert.equal(judged.found, found);
    assert.equal(judged.verdict, verdict);
    assert.equal(judged.follows === "", verdict === "ok");
    for (const row of rows) {
      if (row !== judged) assert.equal(row.verdict, "ok", row.what);
    }
  });
}

Deno.test("assessLimits() says what it does not know", () => {
  const rows = assessLimits(parseLimits(""), undefined, undefined);
  const verdicts = rows.map(({ what, verdict }) => `${what}: ${verdict}`);
  assert.deepEqual(verdicts, [
    "open files: warn",
    "address space (RLIMIT_AS): warn",
    "data (RLIMIT_DATA): warn",
    "stack (RLIMIT_STACK): warn",
    "overcommit: ok",
  ]);
});
