import assert from "node:assert/strict";
import { PROJECT } from "../../support/build.ts";
import { readOrNone } from "../../support/look.ts";
import { processTable } from "../../support/processes.ts";
import { makeBundle, makeShim } from "./bundle.ts";

interface Options {
  /** A line of shell that our shim runs first. */
  ours?: string;
  /** What is wrong with the dockerd. */
  fault?: string;
  args?: string[];
}

/** A bundle, and a directory in which the program leaves what it leaves. */
export class Place implements Disposable {
  readonly directory = Deno.makeTempDirSync({ prefix: "docker-test-" });
  readonly bundle = `${this.directory}/bundle`;
  readonly #groups = groups();

  constructor() {
    makeBundle(this.bundle);
    Deno.mkdirSync(`${this.directory}/tmp`);
  }

  start({ ours = "true", fault, args = [] }: Options): Deno.ChildProcess {
    const shim = `${this.directory}/docker-containerd-shim`;
    makeShim(shim, ours);
    const program = ["run", "-A", "tests/docker/main.ts"];
    return new Deno.Command(`${PROJECT}/tools/deno`, {
      args: [
        ...program,
        ...["--shim", shim, "--without-cgroups", ...args, this.bundle],
      ],
      cwd: PROJECT,
      env: {
        TMPDIR: `${this.directory}/tmp`,
        ...(fault ? { STAND_IN_FAULT: fault } : {}),
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  async run(options: Options) {
    const { code, stdout, stderr } = await this.start(options).output();
    const text = new TextDecoder();
    return { code, out: text.decode(stdout), err: text.decode(stderr) };
  }

  /** Nothing is left of a run: no process, mount, file or control group. */
  isClean(): void {
    assert.deepEqual(this.processes(), []);
    assert.deepEqual([...Deno.readDirSync(`${this.directory}/tmp`)], []);
    const mounts = Deno.readTextFileSync("/proc/self/mounts");
    assert.ok(!mounts.includes(this.directory), mounts);
    assert.deepEqual(groups(), this.#groups);
  }

  /** The command lines of the processes that have to do with this place. */
  processes(): string[] {
    return processTable()
      .map(({ pid }) => readOrNone(`/proc/${pid}/cmdline`) ?? "")
      .filter((words) => words.includes(this.directory));
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.directory, { recursive: true });
  }
}

/** The control groups that the program has made. */
function groups(): string {
  const { stdout } = new Deno.Command("find", {
    args: ["/sys/fs/cgroup", "-name", "with-docker-*"],
  }).outputSync();
  return new TextDecoder().decode(stdout);
}

/** The row of a step, as its cells. */
export function rowOf(out: string, name: string): string[] {
  const line = out.split("\n").find((line) => line.startsWith(`| ${name} `));
  assert.ok(line, `no row of ${name} in ${out}`);
  return line.split("|").slice(1, -1).map((cell) => cell.trim());
}
