/** A state directory that is read-only, full, gone, or entered through another name. */
import { fillBlocks, fillInodes, makeReadOnly } from "../../support/disk.ts";
import type { Run } from "../../support/harness.ts";
import { filesWithout, plain, type Scenario } from "./scenario.ts";

const BLOCKS = { options: "size=64k,nr_inodes=64", fill: fillBlocks };
const INODES = { options: "size=256k,nr_inodes=32", fill: fillInodes };

export const stateDir: Scenario[] = [
  readOnly("cwd_readonly"),
  readOnly(
    "cwd_readonly_log_exists",
    (run) => Deno.writeTextFileSync(`${run.state}/shim-log.json`, ""),
  ),
  // An open log forbids it.
  plain("cwd_turns_readonly_while_running", {
    init: "read x < GATE; exit 4",
    setup: mounted("size=1m"),
    withinMs: 3000,
  }, async (run) => {
    await run.untilFile("pid");
    await run.observe(200);
    const worked = run.remount("state", "ro");
    await run.gate();
    return { remount_ro_worked: worked };
  }),
  // No free block: shim-log.json can be created but not written.
  full("cwd_enospc_blocks", "at the start", BLOCKS),
  full("cwd_enospc_exitStatus_blocks", "while running", BLOCKS),
  full("cwd_enospc_exitStatus_inodes", "while running", INODES),
  full("cwd_enospc_inodes_at_start", "at the start", INODES),
  plain("cwd_log_is_directory", {
    before: (run) => Deno.mkdirSync(`${run.state}/shim-log.json`),
    withinMs: 3000,
  }),
  // The working directory is unlinked before the start.
  plain("cwd_deleted", {
    before: (run) => Deno.mkdirSync(`${run.root}/gone`),
    start: (run) => ({ cwd: `${run.root}/gone`, deletedCwd: true }),
    withinMs: 3000,
  }),
  // The daemon removes the state directory under a running container.
  plain("cwd_state_removed_while_running", {
    init: "read x < GATE; exit 3",
    withinMs: 3000,
  }, async (run) => {
    await run.untilFile("pid");
    await run.observe(200);
    Deno.removeSync(run.state, { recursive: true });
    await run.gate();
  }),
  // PWD names the directory through a link: which path does the runtime get?
  plain("cwd_pwd_env_alias", {
    before: (run) => Deno.symlinkSync(run.state, `${run.root}/alias`),
    start: (run) => ({ addedEnv: { PWD: `${run.root}/alias` } }),
    withinMs: 3000,
  }),
  plain("cwd_pwd_env_wrong", {
    start: { addedEnv: { PWD: "/usr" } },
    withinMs: 3000,
    facts(run) {
      const pwd = run.calls().map(({ cmd, env }) => [
        cmd,
        env.filter((entry) => entry.startsWith("PWD="))
          .map((entry) => run.normalise(entry)),
      ]);
      return { runtime_PWD: Object.fromEntries(pwd) };
    },
  }),
  enteredThroughLink("cwd_is_symlinked", () => ({})),
  enteredThroughLink(
    "cwd_unset_pwd_symlink_getcwd",
    (run) => ({ PWD: run.bundle }),
  ),
];

function enteredThroughLink(
  name: string,
  addedEnv: (run: Run) => Record<string, string>,
): Scenario {
  return plain(name, {
    before: (run) => Deno.symlinkSync(run.state, `${run.root}/alias`),
    start: (run) => ({ cwd: `${run.root}/alias`, addedEnv: addedEnv(run) }),
    withinMs: 3000,
  });
}

/** The state directory is a file system of its own. */
function mounted(options: string) {
  return (run: Run) => {
    run.tmpfs("state", options);
    return {};
  };
}

function readOnly(name: string, prepare?: (run: Run) => void): Scenario {
  return plain(name, {
    setup: mounted("size=1m"),
    before(run) {
      prepare?.(run);
      makeReadOnly(run, "state");
    },
    withinMs: 3000,
  });
}

function full(
  name: string,
  when: "at the start" | "while running",
  { options, fill }: typeof BLOCKS,
): Scenario {
  const first = when === "at the start";
  return plain(name, {
    init: first ? "exit 3" : "read x < GATE; exit 3",
    setup: mounted(options),
    before: (run) => first && fill(run.state),
    withinMs: 3000,
    facts: (run) => ({ files: filesWithout(run, "fill") }),
  }, async (run) => {
    if (first) return;
    await run.untilFile("pid");
    await run.observe(200);
    fill(run.state);
    await run.gate();
  });
}
