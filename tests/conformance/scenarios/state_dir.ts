/** A state directory that is read-only, full, gone, or entered through another name. */
import { fillBlocks, fillInodes } from "../../support/disk.ts";
import type { Run } from "../../support/harness.ts";
import type { Facts } from "../recordings.ts";
import { type Scenario, scenario } from "./scenario.ts";

const SHELL_WAITS = (run: Run, code: number) =>
  `read x < ${run.gatePath}; exit ${code}`;

export const stateDir: Scenario[] = [
  scenario("cwd_readonly", {}, async (run) => {
    await readOnly(run, () => {});
  }),
  scenario("cwd_readonly_log_exists", {}, async (run) => {
    await readOnly(
      run,
      () => Deno.writeTextFileSync(`${run.state}/shim-log.json`, ""),
    );
  }),
  scenario(
    "cwd_turns_readonly_while_running",
    { about: "an open log forbids it" },
    async (run) => {
      run.tmpfs("state", "size=1m");
      run.setup({ init: SHELL_WAITS(run, 4) });
      await run.start();
      await run.untilFile("pid");
      await run.observe(200);
      const worked = run.remount("state", "ro");
      await run.gate();
      await run.exitsWithin(3000);
      return { remount_ro_worked: worked };
    },
  ),
  scenario(
    "cwd_enospc_blocks",
    { about: "no free block: shim-log.json can be created but not written" },
    async (run) => {
      run.tmpfs("state", "size=16k,nr_inodes=64");
      run.setup({ init: "exit 3" });
      fillBlocks(run.state);
      await run.start();
      await run.exitsWithin(3000);
      return { files: filesWithout(run, "fill") };
    },
  ),
  fullWhileRunning(
    "cwd_enospc_exitStatus_blocks",
    "the file system fills up after the start",
    "size=64k,nr_inodes=64",
    fillBlocks,
  ),
  fullWhileRunning(
    "cwd_enospc_exitStatus_inodes",
    "inodes run out after the start",
    "size=256k,nr_inodes=32",
    fillInodes,
  ),
  scenario("cwd_enospc_inodes_at_start", {}, async (run) => {
    run.tmpfs("state", "size=256k,nr_inodes=32");
    run.setup({ init: "exit 3" });
    fillInodes(run.state);
    await run.start();
    await run.exitsWithin(3000);
    return { files: filesWithout(run, "fill") };
  }),
  scenario("cwd_log_is_directory", {}, async (run) => {
    run.setup();
    Deno.mkdirSync(`${run.state}/shim-log.json`);
    await run.start();
    await run.exitsWithin(3000);
  }),
  scenario(
    "cwd_deleted",
    { about: "the working directory is unlinked before the start" },
    async (run) => {
      run.setup();
      Deno.mkdirSync(`${run.root}/gone`);
      await run.start({ cwd: `${run.root}/gone`, deletedCwd: true });
      await run.exitsWithin(3000);
    },
  ),
  scenario(
    "cwd_state_removed_while_running",
    {
      about: "the daemon removes the state directory under a running container",
    },
    async (run) => {
      run.setup({ init: SHELL_WAITS(run, 3) });
      await run.start();
      await run.untilFile("pid");
      await run.observe(200);
      Deno.removeSync(run.state, { recursive: true });
      await run.gate();
      await run.exitsWithin(3000);
      Deno.mkdirSync(run.state, { recursive: true });
    },
  ),
  scenario(
    "cwd_pwd_env_alias",
    {
      about:
        "PWD names the directory through a link: which path does the runtime get?",
    },
    async (run) => {
      run.setup();
      Deno.symlinkSync(run.state, `${run.root}/alias`);
      await run.start({ addedEnv: { PWD: `${run.root}/alias` } });
      await run.exitsWithin(3000);
    },
  ),
  scenario("cwd_pwd_env_wrong", {}, async (run) => {
    run.setup();
    await run.start({ addedEnv: { PWD: "/usr" } });
    await run.exitsWithin(3000);
    const pwd = run.calls().map((call) => [
      call.cmd,
      call.env.filter((entry) => entry.startsWith("PWD=")).map((entry) =>
        run.normalise(entry)
      ),
    ]);
    return { runtime_PWD: Object.fromEntries(pwd) };
  }),
  enteredThroughLink("cwd_is_symlinked", () => ({})),
  enteredThroughLink(
    "cwd_unset_pwd_symlink_getcwd",
    (run) => ({ PWD: run.bundle }),
  ),
];

function enteredThroughLink(
  name: string,
  more: (run: Run) => Record<string, string>,
): Scenario {
  return scenario(name, {}, async (run) => {
    run.setup();
    Deno.symlinkSync(run.state, `${run.root}/alias`);
    await run.start({
      cwd: `${run.root}/alias`,
      addedEnv: more(run),
    });
    await run.exitsWithin(3000);
  });
}

async function readOnly(run: Run, prepare: () => void): Promise<void> {
  run.tmpfs("state", "size=1m");
  run.setup();
  prepare();
  if (!run.remount("state", "ro")) {
    throw new Error("Cannot make the state directory read-only");
  }
  await run.start();
  await run.exitsWithin(3000);
}

function fullWhileRunning(
  name: string,
  about: string,
  options: string,
  fill: (directory: string) => void,
): Scenario {
  return scenario(name, { about }, async (run) => {
    run.tmpfs("state", options);
    run.setup({ init: SHELL_WAITS(run, 3) });
    await run.start();
    await run.untilFile("pid");
    await run.observe(200);
    fill(run.state);
    await run.gate();
    await run.exitsWithin(3000);
    return { files: filesWithout(run, "fill") };
  });
}

function filesWithout(run: Run, prefix: string): Facts {
  const files = run.files();
  return Object.fromEntries(
    Object.entries(files).filter(([name]) => !name.startsWith(prefix)),
  );
}
