/** Bundle, environment, descriptors and limits: what the runtime finds and inherits. */
import type { Call, Run, StartOptions } from "../../support/harness.ts";
import type { Facts } from "../recordings.ts";
import { plain, type Scenario } from "./scenario.ts";

/** One fact for each runtime call, by its command. */
function byCommand(run: Run, fact: (call: Call) => unknown): Facts {
  return Object.fromEntries(run.calls().map((call) => [call.cmd, fact(call)]));
}

const runtimeCwd = (run: Run) =>
  byCommand(run, (call) => run.normalise(call.cwd));

export const bundle: Scenario[] = [
  plain("bundle_missing", {
    start: (run) => ({ args: [run.id, `${run.root}/nobundle`, run.runtime] }),
  }),
  plain("bundle_is_file", {
    start: (run) => ({ args: [run.id, "/etc/hostname", run.runtime] }),
  }),
  bundleNamed("bundle_empty", ""),
  bundleNamed("bundle_relative", "../bundle"),
  plain("bundle_removed_while_running", {
    init: "read x < GATE; exit 3",
    facts: (run) => ({ runtime_cwd: runtimeCwd(run) }),
  }, async (run) => {
    await run.untilFile("pid");
    await run.observe(200);
    Deno.removeSync(run.bundle, { recursive: true });
    await run.gate();
  }),
];

function bundleNamed(name: string, path: string): Scenario {
  return plain(name, {
    start: (run) => ({ args: [run.id, path, run.runtime] }),
    facts: (run) => ({ runtime_cwd: runtimeCwd(run) }),
  });
}

/** Duplicates, no `=`, an empty name, an empty entry, bytes that are not UTF-8. */
const ODD_ENVIRONMENT: StartOptions["env"] = [
  "ZZZ=1",
  "PATH=/usr/bin:/bin",
  "DUP=first",
  "DUP=second",
  "NOEQ",
  "=weird",
  "EMPTY=",
  "A=x=y=z",
  "",
  "UTF=\u00e9",
  Uint8Array.of(...new TextEncoder().encode("BAD="), 0xff),
  "NL=a\nb",
];

const inheritedEnv = (run: Run) =>
  byCommand(run, (call) => call.env.map((entry) => run.normalise(entry)));

/** File descriptors without the numbers that the kernel gives to pipes. */
const numberAndLink = (run: Run) => (fd: Call["fds"][number]) =>
  [fd.fd, run.normalise(fd.link).replace(/:\[\d+\]/, "")] as const;

const extraFds = (call: Call) =>
  call.fds.map(({ fd }) => fd).filter((fd) => fd > 2);

export const environment: Scenario[] = [
  plain("env_passthrough", {
    start: { env: ODD_ENVIRONMENT },
    facts: (run) => ({ env: inheritedEnv(run) }),
  }),
  plain("env_empty", {
    start: { env: {} },
    facts: (run) => ({ env: inheritedEnv(run) }),
  }),
  // The shim gets one descriptor too many: does the runtime get it too?
  plain("fd_inherited", {
    start: { extraFds: { 77: "/etc/hostname" } },
    facts: (run) => ({ runtime_extra_fds: byCommand(run, extraFds) }),
  }),
  // The shim starts without 0, 1 and 2.
  plain("fd_012_closed", {
    init: "cat; echo hi; echo e >&2; exit 0",
    process: { containerdStdin: "/dev/null" },
    start: { closeFds: [0, 1, 2] },
    withinMs: 4000,
    facts: (run) => ({
      runtime_fds: byCommand(run, (call) => call.fds.map(numberAndLink(run))),
    }),
  }),
  plain("rlimits_inherited", {
    init: "ulimit -Sn; ulimit -Hn; exit 0",
    start: {
      rlimits: { nofile: [64, 4096], core: [0, 0] },
      nice: 5,
      oomScoreAdj: 300,
    },
    facts: (run) => ({
      runtime: byCommand(run, (call) => ({
        nofile: call.limits[7],
        core: call.limits[4],
        nice: call.nice,
        oom: call.oomScoreAdj.trim(),
      })),
    }),
  }),
  fewDescriptors(20),
  fewDescriptors(12),
  // Init's parent, and how the shim shows in the process list.
  plain("shim_is_subreaper", {
    init: "read x < GATE; exit 0",
    start: { argv0: "docker-containerd-shim" },
  }, async (run) => {
    const init = await run.initPid();
    await run.observe(300);
    const cmdline = Deno.readTextFileSync(`/proc/${run.pid}/cmdline`).split(
      "\0",
    ).slice(0, -1);
    const facts = {
      init_parent: run.process(init)?.ppid === run.pid ? "shim" : "other",
      cmdline: cmdline.map((argument) => run.normalise(argument)),
      cwd: run.normalise(Deno.readLinkSync(`/proc/${run.pid}/cwd`)),
    };
    await run.gate();
    return facts;
  }),
  // Nothing on the shim's own stdout and stderr, also when kill and delete
  // fail.
  plain("shim_rss_stdio_quiet", {
    init: "exit 3",
    runtime: {
      kill: { exit: 1, stderr: "x\n" },
      delete: { exit: 1, stderr: "y\n" },
    },
  }),
  // The shim's stdio is /dev/null, as containerd gives it.
  plain("shim_stdio_fifo_blocked", {
    init: "echo a; exit 3",
    start: { capture: false },
  }),
];

function fewDescriptors(limit: number): Scenario {
  return plain(`nofile_${limit}`, {
    init: "echo hi; exit 0",
    start: { rlimits: { nofile: [limit, limit] } },
    withinMs: 4000,
  });
}
