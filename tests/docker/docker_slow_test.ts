/** All steps against the bundle of stand-ins, and shims that do one thing wrong. */
import assert from "node:assert/strict";
import { linesOf } from "../support/lines.ts";
import { Place, rowOf } from "./stand_in/place.ts";
import { STEPS } from "./steps/all.ts";

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
    /no end after 15 s: the program did not end; shown was "ready/,
  ],
];

Deno.test("a shim that does something wrong is told from the bundle's", async () => {
  using place = new Place();
  const steps = FAULTS.map(([, step]) => `^${step}$`);
  const { code, out, err } = await place.run({
    ours: FAULTS.map(([line]) => line).join("\n"),
    args: ["--match", ["^cp$", ...steps].join("|"), "--limit", "15"],
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
  const args = ["--match", "^(run|cp)$", "--limit", "15"];
  const { code, out, err } = await place.run({ ours: line, args });
  assert.equal(code, 1, out + err);
  assert.match(rowOf(out, "run")[2], /^failed, (1[5-9]|[2-9]\d)\./);
  assert.match(out, /no end after 15 s: docker run .* did not end/);
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
