import {
  deepStrictEqual,
  match,
  notStrictEqual,
  ok,
  strictEqual,
} from "node:assert/strict";
import { compiled } from "../support/build.ts";
import { Run } from "../support/harness.ts";
import { waitedInVain } from "../support/strace.ts";
import { wrappedCalls } from "../support/wrapper.ts";

/** A create that leaves init below another process: what that does then. */
const belowAnother = (run: Run, parent: string) =>
  `[ "$call" != create ] || {
  setsid sh -c '
    sh -c "echo \\$\\$ >$0/init; read x <${run.gatePath}; echo ran; exit 3" &
    ${parent}' "$d" &
  while [ ! -s "$d/init" ]; do sleep 0.01; done
  printf %s $(cat "$d/init") >"$pidfile"
  exit 0
}`;

// A time is no reason: an intermediate process of the runtime may live on for
// as long as it likes. There was a limit once, of two seconds.
Deno.test("init may have another parent for longer than any patience: it is waited for", async () => {
  await using run = new Run();
  run.setup({ wrap: belowAnother(run, 'read x <"$0/parent"; exit 0') });
  const parent = `${run.runtimeDir}/parent`;
  run.makeFifo(parent);
  await run.start({ strace: "ppoll" });
  await run.until(() => run.stateFile("pid") !== undefined, "create is over");
  await run.until(
    () => run.exited || waitedInVain(run.straceSoFar()) >= 3,
    "the shim has waited for three seconds",
  );
  ok(!run.exited, JSON.stringify(run.shimLog()));
  const init = Number(run.stateFile("pid"));
  notStrictEqual(run.process(init)?.ppid, run.pid);
  await run.feedFifo(parent, "\n");
  await run.until(
    () => run.process(init)?.ppid === run.pid,
    "it is the shim's child",
  );
  await run.gate();
  await run.untilExit();
  deepStrictEqual(run.shimLog(), []);
  strictEqual(run.stateFile("exitStatus"), "3");
  strictEqual(run.text(), "ran\n");
});

Deno.test("an init that another process reaps is given up, with a reason", async () => {
  await using run = new Run();
  const parent = "wait; exec sleep 100 >/dev/null 2>&1";
  run.setup({ wrap: belowAnother(run, parent) });
  await run.start();
  await run.until(() => run.stateFile("pid") !== undefined, "create is over");
  await run.gate();
  await run.untilExit();
  deepStrictEqual(run.exit, { kind: "code", code: 1 });
  match(run.shimLog().at(-1)!.msg, /not a child of this shim/);
});

const NOBODY: [name: string, pid: string, message: RegExp][] = [
  ["the runtime itself", "$$", /the runtime's own number/],
  ["the shim", "$PPID", /not a child of this shim/],
  ["somebody else's process", "1", /not a child of this shim/],
];
for (const [name, pid, message] of NOBODY) {
  Deno.test(`a pid file that names ${name} is an error`, async () => {
    await using run = await Run.life({
      wrap:
        `[ "$call" != create ] || { printf %s ${pid} >"$pidfile"; exit 0; }`,
    });
    deepStrictEqual(run.exit, { kind: "code", code: 1 });
    match(run.shimLog().at(-1)!.msg, message);
    deepStrictEqual(wrappedCalls(run), ["create", "delete"]);
  });
}

Deno.test("a helper that a hook has left on the host outlives a failed start, the container does not", async () => {
  await using run = await Run.life({
    wrap: `[ "$call" != create ] || {
  sh -c 'echo $$ >"$0/helper"; exec sleep 100' "$d" </dev/null >/dev/null 2>&1 &
  sh -c 'echo $$ >"$0/container"; exec sleep 100' "$d" &
  while [ ! -s "$d/helper" ] || [ ! -s "$d/container" ]; do sleep 0.01; done
  exit 1
}`,
  });
  const processOf = (name: string) => {
    const text = Deno.readTextFileSync(`${run.runtimeDir}/${name}`);
    return run.process(Number(text));
  };
  strictEqual(processOf("helper")?.comm, "sleep");
  strictEqual(processOf("container"), undefined);
});

for (
  const [name, before, after] of [
    ["of others during create do not hide that of init", true, false],
    ["after that of init do not push it out", false, true],
  ] as const
) {
  Deno.test(`thousands of endings ${name}`, async () => {
    const storm = `'${compiled("support/orphans.c")}' 9000 >"$d/pids"`;
    await using run = await Run.life({
      init: "exit 21",
      wrap: `[ "$call" != create ] || {
  ${before ? storm : ":"}
  "$real" "$@" || exit 1
  while ${after} && kill -0 $(cat "$pidfile"); do :; done 2>/dev/null
  ${after ? storm : ":"}
  exit 0
}`,
    });
    strictEqual(run.stateFile("exitStatus"), "21");
  });
}
