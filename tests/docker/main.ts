/**
 * `make docker DOCKER=…`: goes through what people do with Docker, first with
 * a bundle's own shim and then with ours, and holds one against the other.
 * Exit status 0 when every step came out the same, and as it has to; 1 when
 * not; 2 when nothing could be tried.
 */
import { defaultShim, PROJECT } from "../support/build.ts";
import { isThere } from "../support/look.ts";
import { amount, existing, pattern, text } from "../support/option_values.ts";
import { FLAG, optionsOf } from "../support/options.ts";
import { run } from "../tools/run.ts";
import { checkBundle } from "./bundle.ts";
import { type Outcome, type Row, verdictOf } from "./outcome.ts";
import { play } from "./play.ts";
import { report } from "./report.ts";
import type { Side } from "./stage.ts";
import type { Step } from "./step.ts";
import { STEPS } from "./steps/all.ts";

const LIMIT_S = 120;

const USAGE = `Usage: main.ts [options] DOCKER

  DOCKER             a directory with dockerd, docker, docker-containerd and so
                     on, as they are in the static bundles of Docker 17.0x
  --shim PATH        what to hold against its shim
                     (build/docker-containerd-shim)
  --rootfs PATH      what to import as the image (build/bundle/rootfs)
  --limit SECONDS    how long a step may take (${LIMIT_S})
  --match REGEX      only steps with such a name
  --json FILE        writes all that was seen
  --logs DIRECTORY   keeps the logs of both dockerds there
  --without-cgroups  go on where there is no cgroup v1
  --help`;

async function main(): Promise<number> {
  const { operands: [docker], limit = LIMIT_S, match, json, logs, ...given } =
    optionsOf(USAGE, {
      shim: existing,
      rootfs: existing,
      limit: amount,
      match: pattern,
      json: text,
      logs: text,
      "without-cgroups": FLAG,
    }, ["DOCKER"]);
  const bundle = Deno.realPathSync(docker);
  checkBundle(bundle);
  if (Deno.uid() !== 0) throw new Error("Only root can start a dockerd");
  const steps = STEPS.filter(({ name }) => match?.test(name) ?? true);
  if (steps.length === 0) throw new Error("No step has such a name");

  const interrupt = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(name, () => interrupt.abort(new Error(name)));
  }
  if (/^(\/var)?\/run\//.test(Deno.env.get("TMPDIR") ?? "")) {
    throw new Error(
      "TMPDIR is below /run, of which dockerd has one of its own",
    );
  }
  const directory = Deno.makeTempDirSync({ prefix: "with-docker-" });
  try {
    const image = `${directory}/image.tar`;
    const rootfs = given.rootfs ?? `${PROJECT}/build/bundle/rootfs`;
    await run("tar", ["-cf", image, "--directory", rootfs, "."]);
    const side = (name: string, shim: string): Side => ({
      bundle,
      shim,
      image,
      directory: `${directory}/${name}`,
      cgroup: `with-docker-${Deno.pid}`,
      needsCgroups: !given["without-cgroups"],
      limitMs: limit * 1000,
      interrupt: interrupt.signal,
    });
    const shim = given.shim ?? Deno.realPathSync(defaultShim());
    const theirs = await play(
      side("theirs", `${bundle}/docker-containerd-shim`),
      steps,
      progress("the bundle's shim"),
    );
    const ours = await play(side("ours", shim), steps, progress("ours"));
    if (logs) keepLogs(directory, logs);
    if (interrupt.signal.aborted) return 130;
    const rows: Row[] = steps.map(({ name }, i) => ({
      name,
      theirs: theirs[i],
      ours: ours[i],
    }));
    console.log(report(rows));
    if (json) Deno.writeTextFileSync(json, JSON.stringify(rows, null, 1));
    if (rows.every((row) => verdictOf(row) === "same")) return 0;
    const outcomes = [...theirs, ...ours];
    return outcomes.every(({ kind }) => kind === "not tried") ? 2 : 1;
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

function keepLogs(from: string, to: string): void {
  Deno.mkdirSync(to, { recursive: true });
  for (const side of ["theirs", "ours"]) {
    // Unless that one has not even been started.
    const log = `${from}/${side}/dockerd.log`;
    if (isThere(log)) Deno.copyFileSync(log, `${to}/${side}-dockerd.log`);
  }
}

function progress(who: string): (step: Step, outcome: Outcome) => void {
  return ({ name }, outcome) => {
    const took = "seconds" in outcome ? ` ${outcome.seconds.toFixed(2)} s` : "";
    console.error(`${who}: ${name}: ${outcome.kind}${took}`);
  };
}

if (import.meta.main) {
  try {
    Deno.exit(await main());
  } catch (error) {
    console.error((error as Error).message);
    Deno.exit(2);
  }
}
