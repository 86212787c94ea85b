/** A container that comes back from a checkpoint. */
import type { Run, SetupOptions } from "../../support/harness.ts";
import { namesIn, plain, type Scenario } from "./scenario.ts";

/** The checkpoint's own config.json, as the daemon writes it. */
const CHECKPOINT = {
  created: "2017-01-01T00:00:00Z",
  name: "c1",
  tcp: false,
  unixSockets: false,
  shell: false,
  exit: false,
};

interface Restore extends SetupOptions {
  /** What differs in the checkpoint's config.json. */
  checkpoint?: Record<string, unknown>;
  withinMs?: number;
}

function restore(
  name: string,
  { checkpoint, process, ...plan }: Restore = {},
): Scenario {
  const config = JSON.stringify({ ...CHECKPOINT, ...checkpoint });
  return plain(name, {
    ...plan,
    setup: (run) => ({
      process: { ...process, checkpoint: checkpointDirectory(run, config) },
    }),
    facts: (run) => ({ cpt_dir_after: namesIn(`${run.root}/cpt`) }),
  });
}

/** Makes a checkpoint directory; without a text it has no config.json. */
function checkpointDirectory(run: Run, config?: string): string {
  const directory = `${run.root}/cpt`;
  Deno.mkdirSync(directory);
  if (config !== undefined) {
    Deno.writeTextFileSync(`${directory}/config.json`, config);
  }
  return directory;
}

function badConfig(name: string, config?: string): Scenario {
  return plain(name, {
    setup: (run) => ({
      process: { checkpoint: checkpointDirectory(run, config) },
    }),
  });
}

export const restores: Scenario[] = [
  restore("restore_plain"),
  restore("restore_shell", { checkpoint: { shell: true } }),
  restore("restore_tcp", { checkpoint: { tcp: true } }),
  restore("restore_unixSockets", { checkpoint: { unixSockets: true } }),
  restore("restore_exit_flag", { checkpoint: { exit: true } }),
  restore("restore_emptyNS_one", { checkpoint: { emptyNS: ["network"] } }),
  restore("restore_emptyNS_two", {
    checkpoint: { emptyNS: ["network", "ipc"] },
  }),
  restore("restore_noPivotRoot", { process: { noPivotRoot: true } }),
  restore("restore_all", {
    process: { noPivotRoot: true, runtimeArgs: ["--root", "/r"] },
    checkpoint: {
      shell: true,
      tcp: true,
      unixSockets: true,
      emptyNS: ["network", "uts"],
    },
  }),
  restore("restore_exit7", { init: "exit 7" }),
  restore("restore_tty", { terminal: true, withinMs: 4000 }),
  restore("restore_like_runc_exit0", {
    runtime: { restore: { foreground: true } },
    withinMs: 4000,
  }),
  restore("restore_like_runc_exit7", {
    init: "exit 7",
    runtime: { restore: { foreground: true } },
    withinMs: 4000,
  }),
  restore("restore_runtime_fails", {
    init: null,
    runtime: { restore: { failBefore: 1 } },
  }),
  restore("restore_bad_created", { checkpoint: { created: "not a time" } }),
  restore("restore_null_flags", {
    checkpoint: { tcp: null, shell: null, emptyNS: null },
  }),
  restore("restore_wrong_type", { checkpoint: { tcp: "yes" } }),
  // `checkpoint` is a bare name, below the bundle (where 0.2.2 looks) and below
  // the state directory.
  plain("restore_named", {
    init: "exit 5",
    process: { checkpoint: "cp1", noPivotRoot: true },
    before({ bundle, state }) {
      const config = '{"name": "cp1", "tcp": true, "shell": true, ' +
        '"unixSockets": true, "emptyNS": ["network"]}';
      for (const directory of [`${bundle}/checkpoints/cp1`, `${state}/cp1`]) {
        Deno.mkdirSync(directory, { recursive: true });
        Deno.writeTextFileSync(`${directory}/config.json`, config);
      }
    },
  }),
  badConfig("restore_config_missing"),
  badConfig("restore_config_invalid", "{nope"),
  badConfig("restore_config_empty", ""),
  plain("restore_relative_path", {
    process: { checkpoint: "cpt//x/../x/" },
    before(run) {
      Deno.mkdirSync(`${run.state}/cpt/x`, { recursive: true });
      Deno.writeTextFileSync(`${run.state}/cpt/x/config.json`, "{}");
    },
  }),
];
