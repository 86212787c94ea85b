import assert from "node:assert/strict";
import * as layout from "../../ffi/layout.ts";
import { evaluateC } from "../support/c_source.ts";

/** What each layout is called in C, and its members. */
const STRUCTS: Record<string, [type: string, Record<string, string>]> = {
  pollfd: ["struct pollfd", {
    fd: "fd",
    events: "events",
    revents: "revents",
  }],
  sigset: ["sigset_t", {}],
  sigaction: ["struct sigaction", { handler: "sa_handler", flags: "sa_flags" }],
  winsize: ["struct winsize", { rows: "ws_row", columns: "ws_col" }],
  termios: ["struct termios", {}],
  sockaddrUn: ["struct sockaddr_un", {
    family: "sun_family",
    path: "sun_path",
  }],
  iovec: ["struct iovec", { base: "iov_base", length: "iov_len" }],
  msghdr: ["struct msghdr", {
    iov: "msg_iov",
    iovlen: "msg_iovlen",
    control: "msg_control",
    controllen: "msg_controllen",
    flags: "msg_flags",
  }],
  cmsghdr: ["struct cmsghdr", {
    length: "cmsg_len",
    level: "cmsg_level",
    type: "cmsg_type",
  }],
  ucred: ["struct ucred", { pid: "pid", uid: "uid", gid: "gid" }],
  siginfo: ["siginfo_t", { pid: "si_pid" }],
  timespec: ["struct timespec", { seconds: "tv_sec", nanoseconds: "tv_nsec" }],
};

const HEADERS = [
  "stddef.h",
  "poll.h",
  "signal.h",
  "dirent.h",
  "sys/ioctl.h",
  "sys/socket.h",
  "sys/un.h",
  "sys/uio.h",
  "termios.h",
  "time.h",
];

/** Held against C by themselves. */
const OTHERS = ["kernelSigaction", "stat", "STAT_MODE", "STAT_NAMES", "dirent"];

Deno.test("layout: every struct has the size and offsets that C gives it", async () => {
  const ours = new Map<string, bigint>();
  for (const [name, [type, members]] of Object.entries(STRUCTS)) {
    const fields: Record<string, number> = layout[name as keyof typeof layout];
    ours.set(`sizeof(${type})`, BigInt(fields.size));
    for (const [field, member] of Object.entries(members)) {
      ours.set(`offsetof(${type}, ${member})`, BigInt(fields[field]));
    }
  }
  assert.deepEqual(ours, await evaluateC(HEADERS, [...ours.keys()]));
});

Deno.test("layout: no struct and no member is left out of the comparison", () => {
  const compared = [...Object.keys(STRUCTS), ...OTHERS];
  assert.deepEqual(Object.keys(layout).sort(), compared.sort());
  for (const [name, [, members]] of Object.entries(STRUCTS)) {
    const fields = Object.keys(layout[name as keyof typeof layout]);
    const others = fields.filter((field) =>
      field !== "size" && !(name === "sigset" && field === "kernelSize")
    );
    assert.deepEqual(others.sort(), Object.keys(members).sort(), name);
  }
});

Deno.test("layout: kernelSigaction and sigset.kernelSize are what rt_sigaction takes", async () => {
  // Without libc's headers <asm/signal.h> defines the kernel's own types.
  const c = await evaluateC(["stddef.h", "asm/signal.h"], [
    "sizeof(struct sigaction)",
    "offsetof(struct sigaction, sa_handler)",
    "sizeof(sigset_t)",
  ]);
  assert.deepEqual([...c.values()].map(Number), [
    layout.kernelSigaction.size,
    layout.kernelSigaction.handler,
    layout.sigset.kernelSize,
  ]);
});

Deno.test("layout: dirent.name", async () => {
  const name = "offsetof(struct dirent, d_name)";
  const c = await evaluateC(["stddef.h", "dirent.h"], [name]);
  assert.equal(BigInt(layout.dirent.name), c.get(name));
});

/** Where the kernel has what newfstatat(2) fills in; aarch64 takes the latter. */
const KERNEL_STAT = {
  [Deno.build.arch]: "asm/stat.h",
  aarch64: "asm-generic/stat.h",
};

Deno.test("layout: stat, STAT_MODE and STAT_NAMES are the kernel's, for both architectures", async () => {
  const { device, inode, length, modified, size } = layout.stat;
  for (const [arch, header] of Object.entries(KERNEL_STAT)) {
    const mode = layout.STAT_MODE[arch as keyof typeof layout.STAT_MODE];
    const names = layout.STAT_NAMES[arch as keyof typeof layout.STAT_NAMES];
    const fields = {
      ...{ st_dev: device, st_ino: inode, st_size: length },
      ...{ st_mtime: modified, st_mode: mode, st_nlink: names },
    };
    for (const [field, offset] of Object.entries(fields)) {
      const c = await evaluateC(["stddef.h", header], [
        `offsetof(struct stat, ${field})`,
        `sizeof(((struct stat *)0)->${field})`,
        "sizeof(struct stat)",
      ]);
      const [at, bytes, all] = [...c.values()].map(Number);
      assert.equal(at, offset, `${field} on ${arch}`);
      const isShort = field === "st_mode" ||
        field === "st_nlink" && arch === "aarch64";
      assert.equal(bytes, isShort ? 4 : 8);
      assert.ok(all <= size);
    }
  }
});
