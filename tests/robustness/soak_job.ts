import { readOrNone } from "../support/look.ts";
import { mkfifo } from "../support/posix.ts";

/** One container or exec, what it says, hears and ends with. */
export interface Job {
  id: string;
  kind: "container" | "exec";
  terminal: boolean;
  /** Its directory: state, bundle and FIFOs. */
  directory: string;
  seed: number;
  /** Bytes of each stream. */
  stdout: number;
  stderr: number;
  stdin: number;
  /** The longest piece in bytes, and the longest pause in microseconds. */
  chunk: number;
  pause: number;
  orphans: number;
  exit: number;
}

export function stateOf(job: Job): string {
  return `${job.directory}/state`;
}

/** Makes everything that a daemon makes before it starts a shim. */
export function prepare(job: Job): void {
  const state = stateOf(job);
  for (const name of ["state", "bundle", "tmp"]) {
    Deno.mkdirSync(`${job.directory}/${name}`, { recursive: true });
  }
  for (const name of ["exit", "control"]) mkfifo(`${state}/${name}`, 0o600);
  for (const name of ["stdin", "stdout", "stderr"]) {
    mkfifo(`${job.directory}/${name}`, 0o600);
  }
  const plan = [
    job.seed,
    job.stdout,
    job.stderr,
    job.stdin,
    job.chunk,
    job.pause,
    job.orphans,
    job.exit,
  ].join(" ");
  const place = job.kind === "exec" ? "state" : "bundle";
  Deno.writeTextFileSync(`${job.directory}/${place}/plan`, plan);
  Deno.writeTextFileSync(
    `${state}/process.json`,
    JSON.stringify({
      terminal: job.terminal,
      exec: job.kind === "exec",
      containerdStdin: `${job.directory}/stdin`,
      containerdStdout: `${job.directory}/stdout`,
      containerdStderr: `${job.directory}/stderr`,
      rootUID: 0,
      rootGID: 0,
    }),
  );
}

/** Starts its shim. The daemon's ends must be open by then, or soon. */
export function startShim(
  job: Job,
  shim: string,
  runtime: string,
): Deno.ChildProcess {
  return new Deno.Command(shim, {
    args: [job.id, `${job.directory}/bundle`, runtime],
    cwd: stateOf(job),
    clearEnv: true,
    env: {
      PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
      TMPDIR: `${job.directory}/tmp`,
    },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

/** What is not as it has to be when it is over. */
export function faultsOf(
  job: Job,
  { code, signal }: Deno.CommandStatus,
): string[] {
  const faults: string[] = [];
  if (code !== 0 || signal !== null) {
    faults.push(`the shim ended with ${signal ?? code}`);
  }
  const status = readOrNone(`${stateOf(job)}/exitStatus`);
  if (status !== String(job.exit)) {
    faults.push(`exitStatus is ${status}, expected ${job.exit}`);
  }
  const log = readOrNone(`${stateOf(job)}/shim-log.json`);
  if (log !== "") faults.push(`shim-log.json: ${log}`);
  const left = [...Deno.readDirSync(`${job.directory}/tmp`)];
  if (left.length > 0) faults.push(`${left.length} files left in TMPDIR`);
  return faults.map((fault) => `${job.id}: ${fault}`);
}
