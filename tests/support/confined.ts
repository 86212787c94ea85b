// How Docker confines a container, as changes of a bundle's config.

// deno-lint-ignore no-explicit-any
type Config = any;

/** What Docker 17 allows a container by default. */
const CAPABILITIES = [
  ...["CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW"],
  ...["SETGID", "SETUID", "SETFCAP", "SETPCAP", "NET_BIND_SERVICE"],
  ...["SYS_CHROOT", "KILL", "AUDIT_WRITE"],
].map((name) => `CAP_${name}`);

/** What its seccomp profile refuses to a container with those. */
const REFUSED = [
  ..."acct add_key bpf clock_adjtime clock_settime delete_module".split(" "),
  ..."fanotify_init finit_module get_mempolicy init_module ioperm".split(" "),
  ..."iopl kcmp kexec_file_load kexec_load keyctl lookup_dcookie".split(" "),
  ..."mbind mount move_pages name_to_handle_at nfsservctl".split(" "),
  ..."open_by_handle_at perf_event_open pivot_root process_vm_readv".split(" "),
  ..."process_vm_writev ptrace quotactl reboot request_key".split(" "),
  ..."set_mempolicy setdomainname sethostname setns settimeofday".split(" "),
  ..."swapoff swapon sysfs syslog umount2 unshare uselib".split(" "),
  ..."userfaultfd ustat vhangup".split(" "),
  // What was not known then is refused as well.
  ..."clone3 close_range faccessat2 io_uring_enter io_uring_setup".split(" "),
  ..."openat2 pidfd_getfd pidfd_open pidfd_send_signal rseq statx".split(" "),
  ..."process_madvise fsopen fsmount open_tree move_mount".split(" "),
];

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET. */
const NEW_NAMESPACES = 0x7e020000;

/** Docker's capabilities and what its seccomp profile comes to. */
export function asDockerDoes(config: Config): void {
  for (const set of ["bounding", "effective", "permitted", "inheritable"]) {
    config.process.capabilities[set] = CAPABILITIES;
  }
  config.process.capabilities.ambient = [];
  config.process.noNewPrivileges = false;
  config.linux.seccomp = {
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [
      { names: REFUSED, action: "SCMP_ACT_ERRNO" },
      ...Array.from({ length: 31 }, (_, bit) => 2 ** bit)
        .filter((flag) => (flag & NEW_NAMESPACES) !== 0)
        .map((value) => ({
          names: ["clone"],
          action: "SCMP_ACT_ERRNO",
          args: [{
            index: 0,
            value,
            valueTwo: value,
            op: "SCMP_CMP_MASKED_EQ",
          }],
        })),
    ],
  };
}

/** The first of the users that a container's root is on the host. */
export const REMAPPED = 100_000;

/** The container's users are others on the host. */
export function withUserNamespace(config: Config): void {
  const mapping = [{ containerID: 0, hostID: REMAPPED, size: 65_536 }];
  config.linux.namespaces.push({ type: "user" });
  config.linux.uidMappings = mapping;
  config.linux.gidMappings = mapping;
  // A user namespace has no network of the host's to mount /sys with.
  config.mounts = config.mounts.filter(
    ({ destination }: { destination: string }) =>
      !destination.startsWith("/sys"),
  );
}
