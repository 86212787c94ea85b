import assert from "node:assert/strict";
import * as constants from "../../ffi/constants.ts";
import { evaluateC } from "../support/c_source.ts";

/** Every constant, by the name that it has in C too. */
const ours = new Map(
  Object.entries(constants)
    .filter(([, value]) => typeof value !== "object")
    .map(([name, value]) => [name, BigInt(value as number | bigint)]),
);

/** Spelled differently in C. */
const SPELLING: Record<string, string> = { SIGNAL_MAX: "SIGRTMAX" };

const HEADERS = [
  "fcntl.h",
  "unistd.h",
  "poll.h",
  "signal.h",
  "sys/wait.h",
  "sys/prctl.h",
  "sched.h",
  "linux/close_range.h",
  "sys/ioctl.h",
  "sys/socket.h",
  "sys/eventfd.h",
  "sys/mman.h",
  "sys/syscall.h",
  "time.h",
];

Deno.test("constants: each has the value that the C headers give it", async () => {
  const inC = [...ours.keys()].map((name) => SPELLING[name] ?? name);
  const values = await evaluateC(HEADERS, inC);
  for (const [name, value] of ours) {
    const inC = values.get(SPELLING[name] ?? name);
    assert.equal(BigInt.asUintN(64, value), inC, name);
  }
});

/** Not defined there, or only on request; the next test has those. */
const OTHERWISE = [
  ...["O_DIRECTORY", "O_NOFOLLOW", "O_TMPFILE"],
  ...["SIGNAL_MAX", "SYS_newfstatat"],
];

Deno.test("constants: the kernel's generic headers, which aarch64 takes, agree", async () => {
  // Linux on aarch64 overrides O_DIRECTORY, which is part of O_TMPFILE, and
  // O_NOFOLLOW of <asm-generic/fcntl.h>; the next test has those.
  const generic = [...ours.keys()].filter((name) =>
    /^(O_|F_|FD_|SIG[A-Z]|SA_|TIOC|TC|FIO|POLL|SOL_|SO_|PR_|CLOCK_|SYS_|MADV_)/
      .test(name) &&
    !OTHERWISE.includes(name)
  );
  const spelling = (name: string) =>
    name === "SYS_newfstatat"
      ? "__NR3264_fstatat"
      : name.replace(/^SYS_/, "__NR_");
  const values = await evaluateC(
    [
      "asm-generic/fcntl.h",
      "asm-generic/signal.h",
      "asm-generic/ioctls.h",
      "asm-generic/mman-common.h",
      "asm-generic/poll.h",
      "asm-generic/socket.h",
      "asm-generic/unistd.h",
      "linux/fcntl.h",
      "linux/prctl.h",
      "linux/time.h",
    ],
    generic.map(spelling),
  );
  for (const name of generic) {
    const value = name.startsWith("SYS_")
      ? BigInt(constants.BY_ARCHITECTURE.aarch64[name as "SYS_rt_sigaction"])
      : ours.get(name);
    assert.equal(value, values.get(spelling(name)), name);
  }
});

Deno.test("constants: BY_ARCHITECTURE holds the flags that the two kernels define", () => {
  const { x86_64, aarch64 } = constants.BY_ARCHITECTURE;
  const flags = (all: Record<string, number>) =>
    Object.fromEntries(
      Object.entries(all).filter(([name]) => name.startsWith("O_")),
    );
  // arch/x86 takes <asm-generic/fcntl.h>; arch/arm64/include/uapi/asm/fcntl.h.
  assert.deepEqual(flags(x86_64), {
    O_DIRECTORY: 0o200000,
    O_NOFOLLOW: 0o400000,
    O_TMPFILE: 0o20200000,
  });
  assert.deepEqual(flags(aarch64), {
    O_DIRECTORY: 0o40000,
    O_NOFOLLOW: 0o100000,
    O_TMPFILE: 0o20040000,
  });
  // __NR3264_fstatat in <asm-generic/unistd.h>.
  assert.equal(aarch64.SYS_newfstatat, 79);
});

Deno.test("constants: this machine's column of BY_ARCHITECTURE is in use", () => {
  const arch = Deno.build.arch as keyof typeof constants.BY_ARCHITECTURE;
  for (const [name, value] of Object.entries(constants.BY_ARCHITECTURE[arch])) {
    assert.equal(ours.get(name), BigInt(value), name);
  }
});
