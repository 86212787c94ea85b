/** Bundle, environment, descriptors and limits: what the runtime finds and inherits. */
import type { Call, Run, StartOptions } from "../../support/harness.ts";
import type { Facts } from "../recordings.ts";
import { process as processOf } from "../../support/processes.ts";
import { plain, type Scenario, scenario } from "./scenario.ts";

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
  scenario("bundle_removed_while_running", {}, async (run) => {
    run.setup({ init: `read x < ${run.gatePath}; exit 3` });
    await run.start();
    await run.untilFile("pid");
    await run.observe(200);
    Deno.removeSync(run.bundle, { recursive: true });
    await run.gate();
    await run.exitsWithin(10_000);
    return { runtime_cwd: runtimeCwd(run) };
  }),
];

function bundleNamed(name: string, path: string): Scenario {
  return scenario(name, {}, async (run) => {
    run.setup();
    await run.start({ args: [run.id, path, run.runtime] });
    await run.exitsWithin(10_000);
    return { runtime_cwd: runtimeCwd(run) };
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

export const environment: Scenario[] = [
  scenario("env_passthrough", {}, async (run) => {
    run.setup();
    await run.start({ env: ODD_ENVIRONMENT });
    await run.exitsWithin(10_000);
    return { env: inheritedEnv(run) };
  }),
  scenario("env_empty", {}, async (run) => {
    run.setup();
    await run.start({ env: {} });
    await run.exitsWithin(10_000);
    return { env: inheritedEnv(run) };
  }),
  scenario(
    "fd_inherited",
    {
      about:
        "the shim gets one descriptor too many: does the runtime get it too?",
    },
    async (run) => {
      run.setup();
      await run.start({ extraFds: { 77: "/etc/hostname" } });
      await run.exitsWithin(10_000);
      const extra = (call: Call) =>
        call.fds.map(({ fd }) => fd).filter((fd) => fd > 2);
      return { runtime_extra_fds: byCommand(run, extra) };
    },
  ),
  scenario(
    "fd_012_closed",
    { about: "the shim starts without 0, 1 and 2" },
    async (run) => {
      run.setup({
        init: "cat; echo hi; echo e >&2; exit 0",
        process: { containerdStdin: "/dev/null" },
      });
      await run.start({ closeFds: [0, 1, 2] });
      await run.exitsWithin(4000);
      return {
        runtime_fds: byCommand(run, (call) => call.fds.map(numberAndLink(run))),
      };
    },
  ),
  scenario("rlimits_inherited", {}, async (run) => {
    run.setup({ init: "ulimit -Sn; ulimit -Hn; exit 0" });
    await run.start({
      rlimits: { nofile: [64, 4096], core: [0, 0] },
      nice: 5,
      oomScoreAdj: 300,
    });
    await run.exitsWithin(10_000);
    return {
      runtime: byCommand(run, (call) => ({
        nofile: call.limits[7],
        core: call.limits[4],
        nice: call.nice,
        oom: call.oomScoreAdj.trim(),
      })),
    };
  }),
  fewDescriptors(20),
  fewDescriptors(12),
  scenario(
    "shim_is_subreaper",
    { about: "init's parent, and how the shim shows in the process list" },
    async (run) => {
      run.setup({ init: `read x < ${run.gatePath}; exit 0` });
      await run.start({ argv0: "docker-containerd-shim" });
      const init = await run.initPid();
      await run.observe(300);
      const cmdline = Deno.readTextFileSync(`/proc/${run.pid}/cmdline`).split(
        "\0",
      ).slice(0, -1);
      const facts = {
        init_parent: processOf(init)?.ppid === run.pid ? "shim" : "other",
        cmdline: cmdline.map((argument) => run.normalise(argument)),
        cwd: run.normalise(Deno.readLinkSync(`/proc/${run.pid}/cwd`)),
      };
      await run.gate();
      await run.exitsWithin(10_000);
      return facts;
    },
  ),
  plain("shim_rss_stdio_quiet", {
    about:
      "nothing on the shim's own stdout and stderr, also when kill and delete fail",
    init: "exit 3",
    runtime: {
      kill: { exit: 1, stderr: "x\n" },
      delete: { exit: 1, stderr: "y\n" },
    },
  }),
  plain("shim_stdio_fifo_blocked", {
    about: "the shim's stdio is /dev/null, as containerd gives it",
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
