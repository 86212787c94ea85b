/**
 * The whole program against a bundle of stand-ins: a dockerd, a docker command
 * and shims that do what the steps need. It cannot show that our shim gets on
 * with a real dockerd, but that the program would tell.
 */
import assert from "node:assert/strict";
import { PROJECT } from "../support/build.ts";
import { linesOf } from "../support/lines.ts";
import { processTable } from "../support/processes.ts";
import { makeBundle, makeShim } from "./stand_in/bundle.ts";
import { STEPS } from "./steps/all.ts";

interface Options {
  /** A line of shell that our shim runs first. */
  ours?: string;
  /** What is wrong with the dockerd. */
  fault?: string;
  args?: string[];
}

/** A bundle, and a directory in which the program leaves what it leaves. */
class Place implements Disposable {
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
    return processTable().map(({ pid }) => commandLine(pid))
      .filter((words) => words.includes(this.directory));
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.directory, { recursive: true });
  }
}

function commandLine(pid: number): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/cmdline`);
  } catch {
    return "";
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
function rowOf(out: string, name: string): string[] {
  const line = out.split("\n").find((line) => line.startsWith(`| ${name} `));
  assert.ok(line, `no row of ${name} in ${out}`);
  return line.split("|").slice(1, -1).map((cell) => cell.trim());
}

Deno.test("two honest shims come out the same in every step", async () => {
  using place = new Place();
  const json = `${place.directory}/seen.json`;
  const { code, out, err } = await place.run({ args: ["--json", json] });
  assert.equal(code, 0, out + err);
  for (const { name } of STEPS) {
    const [, theirs, ours, verdict] = rowOf(out, name);
    assert.match(theirs, /^\d+\.\d\d s$/);
    assert.match(ours, /^\d+\.\d\d s$/);
    assert.equal(verdict, "same");
  }
  assert.match(out, /^All 18 steps came out the same with both shims\.$/m);
  const seen = JSON.parse(Deno.readTextFileSync(json));
  assert.deepEqual(
    seen.map(({ name }: { name: string }) => name),
    STEPS.map(({ name }) => name),
  );
  place.isClean();
});

/** What our shim does wrong: lines of shell, a step that shows it, and what is said then. */
const FAULTS: [ours: string, step: string, words: RegExp][] = [
  [
    // Another exit status.
    "grep -q 'exit 42' run && sed -i 's/exit 42/exit 1/' run",
    "exit codes",
    /42: expected 42, found 1/,
  ],
  [
    // A line of output is lost.
    "sed -i 's/seq 1500000/seq 1499999/; s/'1500000'/1499999/' run",
    "logs of 10 MB",
    /bytes: expected 10888896, found 10888888/,
  ],
  [
    // There is no input.
    "grep -q sha256sum run && echo 'output only' >streams",
    "run -i, 1 MiB of input",
    /stdout: expected .*, found/,
  ],
  [
    // The terminal's size is never known.
    "sed -i '/tty >tty/d' run",
    "run -t with a resize",
    /no end after 4 s: the program did not end; shown was "ready/,
  ],
];

Deno.test("a shim that does something wrong is told from the bundle's", async () => {
  using place = new Place();
  const steps = FAULTS.map(([, step]) => `^${step}$`);
  const { code, out, err } = await place.run({
    ours: FAULTS.map(([line]) => line).join("\n"),
    args: ["--match", ["^cp$", ...steps].join("|"), "--limit", "4"],
  });
  assert.equal(code, 1, out + err);
  for (const [, step, words] of FAULTS) {
    const [, theirs, ours, verdict] = rowOf(out, step);
    assert.match(theirs, /^\d+\.\d\d s$/);
    assert.match(ours, /^failed, /);
    assert.equal(verdict, "DIFFERS");
    assert.match(out, words);
  }
  assert.equal(rowOf(out, "cp")[3], "same");
  assert.match(out, /^1 of 5 steps came out the same/m);
  place.isClean();
});

Deno.test("what no value is wanted for still has to be the same", async () => {
  using place = new Place();
  const line = "grep -q /not/there run && echo other words >>stderr";
  const args = ["--match", "^exit codes$"];
  const { code, out, err } = await place.run({ ours: line, args });
  assert.equal(code, 1, out + err);
  assert.match(out, /^exit codes: DIFFERS\n {2}words of 127\n/m);
  assert.match(out, /^ {4}ours +"other words\\n/m);
  place.isClean();
});

Deno.test("a dockerd that does not start is reported with its words", async () => {
  using place = new Place();
  const logs = `${place.directory}/logs`;
  const { code, out, err } = await place.run({
    fault: "does not start",
    args: ["--logs", logs],
  });
  assert.equal(code, 2, out + err);
  for (const side of ["theirs", "ours"]) {
    const log = Deno.readTextFileSync(`${logs}/${side}-dockerd.log`);
    assert.match(log, /^Error starting daemon/);
  }
  assert.equal(rowOf(out, "run")[3], "fails");
  assert.match(
    out,
    /^Not tried with ours: dockerd has ended, exit code 1: Error starting daemon/m,
  );
  place.isClean();
});

Deno.test("a dockerd that does not answer is waited for no longer than a step may take", async () => {
  using place = new Place();
  const { code, out, err } = await place.run({
    fault: "does not answer",
    args: ["--limit", "1", "--match", "^run$"],
  });
  assert.equal(code, 2, out + err);
  assert.match(out, /^Not tried with ours: no end after 1 s: /m);
  place.isClean();
});

Deno.test("a dockerd that dies in the middle ends that side, and is reported", async () => {
  using place = new Place();
  const line = "case $2 in */exec-*) kill -KILL $PPID ;; esac";
  const args = ["--match", "^(run|exec|stats)$"];
  const { code, out, err } = await place.run({ ours: line, args });
  assert.equal(code, 1, out + err);
  assert.deepEqual(rowOf(out, "run")[3], "same");
  assert.match(rowOf(out, "exec")[2], /^failed/);
  assert.deepEqual(rowOf(out, "stats").slice(2), ["not tried", "DIFFERS"]);
  assert.match(out, /ours +dockerd has ended, (SIGKILL|exit code)/);
  assert.match(out, /^Not tried with ours: dockerd has ended/m);
  place.isClean();
});

Deno.test("a step that hangs ends at its limit, and the others go on", async () => {
  using place = new Place();
  const line = "grep -q 'echo out' run && exec sleep 1000";
  const args = ["--match", "^(run|cp)$", "--limit", "2"];
  const { code, out, err } = await place.run({ ours: line, args });
  assert.equal(code, 1, out + err);
  assert.match(rowOf(out, "run")[2], /^failed, [2-9]/);
  assert.match(out, /no end after 2 s: docker run .* did not end/);
  place.isClean();
});

for (const signal of ["SIGTERM", "SIGKILL"] as const) {
  Deno.test(`${signal} in the middle leaves no process behind`, async () => {
    using place = new Place();
    const child = place.start({});
    for await (const line of linesOf(child.stderr)) {
      if (line.includes("exit codes: done")) break;
    }
    assert.notDeepEqual(place.processes(), []);
    child.kill(signal);
    const { code } = await child.status;
    await child.stdout.cancel();
    if (signal === "SIGTERM") {
      assert.equal(code, 130);
      place.isClean();
    }
    while (place.processes().length > 0) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
}

Deno.test("a bundle that lacks programs is refused, with their names", async () => {
  using place = new Place();
  Deno.removeSync(`${place.bundle}/docker-runc`);
  const { code, err } = await place.run({});
  assert.equal(code, 2);
  assert.match(err, /bundle" has no docker-runc\n$/);
  place.isClean();
});
