import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { Run } from "../support/harness.ts";
import { wrappedCalls } from "../support/wrapper.ts";

/** A daemon up to 0.2.8, for which `--console` is tried first. */
const OLD_DAEMON = { capabilities: [] };

/** What option parsers say of a flag that they do not know. */
const REFUSALS = (flag: string) => [
  `flag provided but not defined: -${flag}`,
  `crun: unrecognized option '--${flag}'`,
  `error: unexpected argument '--${flag}' found\n\n` +
  "  tip: a similar argument exists: '--console-socket'",
  `error: Found argument '--${flag}' which wasn't expected`,
  "usage: runtime [options] command",
  "",
];

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

for (const flag of ["console", "console-socket"]) {
  for (const words of REFUSALS(flag)) {
    Deno.test(`a runtime without --${flag} that says ${JSON.stringify(words)} is asked in the other style`, async () => {
      await using run = await Run.life({
        init: "echo ran; exit 3",
        terminal: true,
        process: flag === "console" ? OLD_DAEMON : {},
        wrap: `for word; do
  [ "$word" != --${flag} ] || { printf '%s' ${quoted(words)} >&2; exit 2; }
done`,
      });
      strictEqual(run.stateFile("exitStatus"), "3");
      strictEqual(run.text(), "ran\r\n");
      deepStrictEqual(wrappedCalls(run), [
        "create",
        "create",
        "kill",
        "delete",
      ]);
      deepStrictEqual(run.shimLog(), []);
    });
  }
}

Deno.test("a runtime that takes --console for --console-socket is asked in the other style", async () => {
  await using run = await Run.life({
    init: "echo ran; exit 3",
    terminal: true,
    process: OLD_DAEMON,
    // As crun does: it connects to the path, which is a terminal's.
    wrap: 'case " $* " in (*" --console "*) echo refused >&2; exit 1;; esac',
  });
  strictEqual(run.stateFile("exitStatus"), "3");
});

/** Fails with an error in log.json, as runc does. */
const fail = (words: string) =>
  `printf '{"level": "error","msg": "%s"}\\n' ${quoted(words)} >>"$2"
  printf '%s' ${quoted(words)} >&2
  exit 1`;

for (const knows of ["console", "console-socket"]) {
  for (const daemon of ["old", "new"]) {
    Deno.test(`${daemon} daemon, a runtime that knows --${knows} and fails: its own error is shown`, async () => {
      const other = knows === "console" ? "console-socket" : "console";
      await using run = await Run.life({
        terminal: true,
        process: daemon === "old" ? OLD_DAEMON : {},
        wrap: `case " $* " in
  (*" --${other} "*) ${fail(`flag provided but not defined: -${other}`)};;
  (*" --${knows} "*) ${fail("no such rootfs")};;
esac`,
      });
      deepStrictEqual(run.exit, { kind: "code", code: 0 });
      // The daemon takes the first error, and docker shows its message.
      const [first] = run.stateFile("log.json")!.split("\n");
      strictEqual(JSON.parse(first).msg, "no such rootfs");
      match(run.shimLog().at(-1)!.msg, /create exited with status 1: no such/);
      strictEqual(wrappedCalls(run).at(-1), "delete");
      deepStrictEqual([...Deno.readDirSync(run.tmp)], []);
    });
  }
}

const LEFTOVERS: [name: string, script: string][] = [
  ["a pid", 'printf 1 >"$pidfile"; exit 1'],
  ["a process", "sleep 100 >/dev/null 2>&1 & exit 1"],
  ["a container with the terminal", '"$real" "$@"; exit 1'],
];
for (const [name, script] of LEFTOVERS) {
  Deno.test(`no second container is made where the first call has left ${name}`, async () => {
    await using run = await Run.life({
      terminal: true,
      init: "exec sleep 100",
      wrap: `case $call in (create) ${script};; esac`,
    });
    deepStrictEqual(wrappedCalls(run), ["create", "delete"]);
    deepStrictEqual(run.exit, { kind: "code", code: 0 });
  });
}

Deno.test("a runtime that takes its time is waited for, and not called a second time", async () => {
  await using run = new Run();
  const wrap = '[ "$call" != create ] || read x <"$d/go"';
  run.setup({ terminal: true, init: "exit 3", wrap });
  const go = `${run.runtimeDir}/go`;
  run.makeFifo(go);
  await run.start();
  await run.until(() => wrappedCalls(run).length > 0, "create is called");
  await run.feedFifo(go, "\n");
  await run.untilExit();
  strictEqual(run.stateFile("exitStatus"), "3");
  deepStrictEqual(wrappedCalls(run), ["create", "kill", "delete"]);
});

Deno.test("what is typed early is not lost to a terminal that is refused", async () => {
  await using run = new Run();
  run.setup({
    init: "read x; echo got $x; exit 3",
    terminal: true,
    process: OLD_DAEMON,
    runtime: { flags: "modern" },
  });
  using _stdin = run.prefillStdin("early\r");
  await run.start();
  await run.untilExit();
  ok(run.hasOutput("got early"), run.text());
});
