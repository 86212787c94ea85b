import assert from "node:assert/strict";
import * as constants from "../../ffi/constants.ts";
import { evaluateC } from "../support/c_source.ts";

/** As `evaluateC` gives it. */
const unsigned = (value: number | bigint) => BigInt.asUintN(64, BigInt(value));

/** Every constant, by the name that it has in C too. */
const ours = new Map(
  Object.entries(constants)
    .filter(([, value]) => typeof value !== "object")
    .map(([name, value]) => [name, unsigned(value as number | bigint)]),
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
    assert.equal(value, inC, name);
  }
});

/**
 * Linux on aarch64 overrides O_DIRECTORY, which is part of O_TMPFILE, and
 * O_NOFOLLOW of <asm-generic/fcntl.h>; the next test has those.
 */
const OVERRIDDEN = ["O_DIRECTORY", "O_NOFOLLOW", "O_TMPFILE"];

/** In no header of the kernel's that programs may include. */
const LIBC_ALONE = /^(SIGNAL_MAX|AF_|EFD_|SOCK_|SCM_|MSG_|[RWX]_OK)/;

Deno.test("constants: the kernel's generic headers, which aarch64 takes, agree", async () => {
  const generic = [...ours.keys()].filter((name) =>
    !OVERRIDDEN.includes(name) && !LIBC_ALONE.test(name)
  );
  const spelling = (name: string) => name.replace(/^SYS_/, "__NR_");
  const values = await evaluateC(
    [
      ...["fcntl", "ioctls", "mman-common", "poll", "signal", "socket"]
        .map((name) => `asm-generic/${name}.h`),
      "asm-generic/unistd.h",
      ...["close_range", "fcntl", "memfd", "mman", "prctl", "sched", "time"]
        .map((name) => `linux/${name}.h`),
      "linux/wait.h",
    ],
    generic.map(spelling),
    // As <asm/unistd.h> of aarch64 does.
    ["__ARCH_WANT_NEW_STAT"],
  );
  for (const name of generic) {
    const value = name.startsWith("SYS_")
      ? BigInt(constants.BY_ARCHITECTURE.aarch64[name as "SYS_openat"])
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
});

Deno.test("constants: this machine's column of BY_ARCHITECTURE is in use", () => {
  const arch = Deno.build.arch as keyof typeof constants.BY_ARCHITECTURE;
  for (const [name, value] of Object.entries(constants.BY_ARCHITECTURE[arch])) {
    assert.equal(ours.get(name), BigInt(value), name);
  }
});
