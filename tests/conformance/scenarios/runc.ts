/** The same plays with the real runc and a busybox container. */
import type { Run } from "../../support/harness.ts";
import { readOrNone } from "../../support/look.ts";
import { BUNDLE, RUNC } from "../../support/runc.ts";
import type { Facts } from "../recordings.ts";
import { type Scenario, scenario } from "./scenario.ts";

/** A container that was started with runc, and the way to call runc about it. */
interface Container {
  run: Run;
  runc(...args: string[]): { code: number; stdout: string };
}

interface Plan {
  args: string[];
  terminal?: boolean;
  /** False: created but never started. */
  start?: boolean;
  /** False: runc itself is the runtime, without the wrapper that notes its calls. */
  wrapped?: boolean;
  /** What the client does while the container runs; may return facts. */
  drive?: (container: Container) => Promise<Facts | void>;
}

const options = {
  serial: true,
  needs: ["runc"],
  bundle: true,
  allFacts: true,
} as const;

function real(name: string, plan: Plan): Scenario {
  const { terminal = false } = plan;
  return {
    name: `runc_${name}`,
    ...options,
    terminal,
    async play(run) {
      const container = prepare(run, plan);
      try {
        return await live(container, plan);
      } finally {
        container.runc("delete", "-f", run.id);
      }
    },
  };
}

function prepare(run: Run, { args, terminal = false }: Plan): Container {
  writeConfig(run.bundle, args, terminal);
  run.id = `conformance-${Deno.pid}`;
  run.extraNames.push([run.id, "$ID"]);
  const root = `${run.root}/runc`;
  run.setup({
    terminal,
    process: { runtimeArgs: ["--root", root] },
    installRuntime: false,
  });
  return {
    run,
    runc: (...words) => {
      const all = { args: ["--root", root, ...words] };
      const { code, stdout } = new Deno.Command(RUNC, all).outputSync();
      return { code, stdout: new TextDecoder().decode(stdout) };
    },
  };
}

async function live(container: Container, plan: Plan): Promise<Facts> {
  const { run, runc } = container;
  const runtime = plan.wrapped === false ? RUNC : wrapper(run);
  await run.start({ args: [run.id, run.bundle, runtime] });
  const created = await run.waitUpTo(8000, () => Boolean(run.stateFile("pid")));
  const facts: Facts = {};
  if (created && plan.start !== false) {
    facts.start_rc = runc("start", run.id).code;
  }
  if (created && plan.drive) {
    Object.assign(facts, await plan.drive(container));
  }
  await run.exitsWithin(15_000);
  facts.calls = notedCalls(run);
  const state = runc("state", run.id);
  facts.container_left = state.code === 0;
  if (state.code === 0) {
    facts.container_status = JSON.parse(state.stdout).status;
  }
  return { ...containerFacts(run), ...facts };
}

/** The usual facts; the fake runtime's calls are not among them. */
function containerFacts(run: Run): Facts {
  const { runtime_calls: _, ...facts } = run.facts();
  const files = facts.files as Record<string, { content?: unknown }>;
  if (/^\d+$/.test(String(files.pid?.content))) files.pid.content = "$INITPID";
  return facts;
}

/** A config.json on the root file system of the bundle that `make rootfs` makes. */
function writeConfig(
  directory: string,
  args: string[],
  terminal: boolean,
): void {
  const config = JSON.parse(Deno.readTextFileSync(`${BUNDLE}/config.json`));
  config.process.args = args;
  config.process.terminal = terminal;
  config.root.path = `${BUNDLE}/rootfs`;
  Deno.writeTextFileSync(`${directory}/config.json`, JSON.stringify(config));
}

/**
 * A runtime that notes each call and leaves an empty `--console ""` out, which
 * shims before 0.2.9 pass and no runc since 1.0 knows.
 */
function wrapper(run: Run): string {
  const path = `${run.root}/rt.sh`;
  Deno.writeTextFileSync(
    path,
    `#!/bin/sh
line=
for word; do line="$line \${word:-''}"; done
echo "\${line# }" >> ${run.root}/calls
left=$#
while [ $left -gt 0 ]; do
  if [ "$1" = --console ] && [ -z "$2" ]; then
    shift 2
    left=$((left - 2))
  else
    set -- "$@" "$1"
    shift
    left=$((left - 1))
  fi
done
exec ${RUNC} "$@"
`,
  );
  Deno.chmodSync(path, 0o755);
  return path;
}

function notedCalls(run: Run): string[] | null {
  const lines = readOrNone(`${run.root}/calls`)?.trimEnd().split("\n");
  return lines?.map((line) => run.normalise(line)) ?? null;
}

const shell = (text: string) => ["/bin/sh", "-c", text];

export const runc: Scenario[] = [
  real("exit7", { args: shell("echo hello; echo err >&2; exit 7") }),
  real("exit0_nowrap", {
    args: shell("echo hello; exit 0"),
    wrapped: false,
  }),
  real("stdin", {
    args: shell("cat; echo eof; exit 2"),
    async drive({ run }) {
      const stdin = await run.openStdin();
      await stdin.write("typed\n");
      await run.untilOutput("typed");
      stdin.close();
      await run.observe(300);
      const before = run.hasOutput("eof");
      run.control("0 0 0\n");
      return { eof_before_close_message: before };
    },
  }),
  real("sigkill", { args: ["/bin/sleep", "30"], drive: killedBy(9) }),
  real("sigterm", {
    args: shell("trap 'exit 143' TERM; sleep 30 & wait"),
    drive: killedBy(15),
  }),
  real("tty", {
    args: ["/bin/sh"],
    terminal: true,
    async drive({ run }) {
      await run.observe(300);
      run.control("1 90 33\n");
      await run.observe(200);
      const stdin = await run.openStdin();
      await stdin.write("stty size\nexit 4\n");
    },
  }),
  real("exec", { args: ["/bin/sleep", "30"], drive: execInContainer }),
  real("orphan", { args: shell("(sleep 3; echo late) & echo now; exit 5") }),
  real("bad_command", { args: ["/no/such/command"] }),
  real("not_started_killed", {
    args: shell("echo never"),
    start: false,
    drive: killedBy(9),
  }),
  scenario("runc_bundle_without_config", options, async (run) => {
    run.setup({
      init: null,
      installRuntime: false,
      process: { runtimeArgs: ["--root", `${run.root}/runc`] },
    });
    await run.start({ args: ["x", run.bundle, RUNC] });
    await run.exitsWithin(8000);
    return run.facts();
  }),
];

function killedBy(signal: number) {
  return async ({ run, runc }: Container) => {
    await run.observe(300);
    runc("kill", run.id, `${signal}`);
  };
}

async function execInContainer({ run, runc }: Container): Promise<Facts> {
  await using second = run.another("ex");
  second.id = run.id;
  second.setup({
    init: null,
    installRuntime: false,
    process: {
      exec: true,
      runtimeArgs: ["--root", `${run.root}/runc`],
      args: shell("echo in-exec; exit 6"),
      env: ["PATH=/bin"],
      cwd: "/",
    },
  });
  await second.start({ args: [run.id, run.bundle, `${run.root}/rt.sh`] });
  await second.exitsWithin(8000);
  const { shim_exit, files, stdout, stderr, shim_stderr } = containerFacts(
    second,
  );
  runc("kill", run.id, "KILL");
  return { exec: { shim_exit, files, stdout, stderr, shim_stderr } };
}
