/**
 * Faults of containerd-shim that users reported and that no Docker up to 17.05
 * had fixed. Each case brings about the situation and tells whether the fault
 * shows. Ours must not have it. With UPSTREAM=/path/to/docker-containerd-shim
 * the same situation must show it there, or the case proves nothing.
 */
import { strictEqual } from "node:assert/strict";
import { fillBlocks, fillInodes } from "../support/disk.ts";
import { Run, type SetupOptions } from "../support/harness.ts";

interface Fault {
  name: string;
  /** Resolves to true when the fault shows. */
  shows: (run: Run) => Promise<boolean>;
}

async function begin(run: Run, setup: SetupOptions): Promise<void> {
  run.setup(setup);
  await run.start();
}

async function losesStatus(
  run: Run,
  options: string,
  fill: (directory: string) => void,
): Promise<boolean> {
  run.tmpfs("state", options);
  await begin(run, { init: `read x < ${run.gatePath}; exit 7` });
  await run.untilFile("pid");
  await run.untilRunning();
  fill(run.state);
  await run.gate();
  await run.untilExit();
  return run.stateFile("exitStatus") !== "7";
}

const FAULTS: Fault[] = [
  {
    name: "children of an exec stay zombies while the output drains",
    async shows(run) {
      // One child holds the output, another ends meanwhile.
      await begin(run, {
        process: { exec: true },
        init: `(read x < ${run.gatePath}) >/dev/null 2>&1 & ` +
          `(read x < ${run.root}/end; echo late) & exit 3`,
      });
      run.makeFifo(`${run.root}/end`);
      await run.untilFile("exitStatus");
      await run.until(() => run.children().length > 0, "orphans are adopted");
      await run.gate();
      const zombie = () => run.children().some((child) => child.state === "Z");
      const reaped = () => run.children().length === 1;
      await run.until(() => zombie() || reaped(), "the first one has ended");
      const shows = !await run.waitUpTo(1000, () => !zombie());
      await run.feedFifo(`${run.root}/end`, "\n");
      await run.untilExit();
      return shows;
    },
  },
  {
    name: "the shim is stuck in opening `exit` when the daemon is gone",
    async shows(run) {
      await begin(run, { readers: ["control", "stdout", "stderr"] });
      if (!await run.waitUpTo(20_000, () => run.exited)) return true;
      return !run.shimLog().some(({ level, msg }) =>
        level === "error" && msg.includes('"exit"')
      );
    },
  },
  {
    name: "quotes in an error make shim-log.json invalid",
    async shows(run) {
      await begin(run, {
        init: "exit 0",
        runtime: { create: { pidFile: { literal: 'a "pid"\\' } } },
      });
      await run.untilExit();
      try {
        return !run.shimLog().some(({ msg }) => msg.includes("pid"));
      } catch {
        return true;
      }
    },
  },
  {
    name:
      "a terminal's output ends when its last process closes it for a moment",
    async shows(run) {
      await begin(run, {
        terminal: true,
        init: 'trap "" HUP; t=$(tty); echo before; exec <&- >&- 2>&-; ' +
          `read x < ${run.gatePath}; exec <"$t" >"$t" 2>&1; echo after; ` +
          "exec sleep 100",
      });
      await run.untilOutput("before");
      await run.gate();
      const came = await run.waitUpTo(2000, () => run.hasOutput("after"));
      run.sendSignal(9, await run.initPid());
      await run.untilExit();
      return !came;
    },
  },
  {
    name: "a container stands still after some output while the daemon is away",
    async shows(run) {
      run.setup({ init: "head -c 4000000 /dev/zero; exit 0" });
      run.pauseReader("stdout");
      await run.start({
        addedEnv: {
          DOCKER_CONTAINERD_SHIM_SPOOL: `${run.root}:16M`,
        },
      });
      const ended = await run.waitUpTo(
        5000,
        () => run.stateFile("exitStatus") === "0",
      );
      run.resumeReader("stdout");
      await run.untilExit();
      return !ended || run.output().length !== 4_000_000;
    },
  },
  {
    name: "one write error ends a copy for good and the container stands still",
    async shows(run) {
      await begin(run, {
        process: { containerdStderr: "/dev/full" },
        init: "head -c 500000 /dev/zero >&2; exit 4",
      });
      const ended = await run.waitUpTo(5000, () => run.exited);
      return !ended || run.stateFile("exitStatus") !== "4";
    },
  },
  {
    name: "a full disk loses the exit status",
    shows: (run) => losesStatus(run, "size=64k,nr_inodes=64", fillBlocks),
  },
  {
    name: "a state directory without inodes loses the exit status",
    shows: (run) => losesStatus(run, "size=1m,nr_inodes=40", fillInodes),
  },
];

const upstream = Deno.env.get("UPSTREAM");

for (const { name, shows } of FAULTS) {
  Deno.test(`never fixed: ${name}`, async () => {
    await using run = new Run();
    strictEqual(await shows(run), false, "the fault shows");
  });
  if (upstream === undefined) continue;
  Deno.test(`upstream: ${name}`, async () => {
    await using run = new Run({ shim: upstream });
    strictEqual(await shows(run), true, "the fault does not show");
  });
}
