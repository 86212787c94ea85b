import assert from "node:assert/strict";
import { TempDir } from "../support/own_files.ts";
import { factsOf } from "../support/own_process.ts";

interface Facts {
  outcome: string;
  attached: boolean;
  warnings: string[];
  output: string;
  leaked: string[];
}

/** A shell function that answers the flag `$2` when it is not `$1`. */
const HEAD = `#!/bin/sh
echo "$*" >>calls
flag=none
for word; do
  case $flag in (wanted-*) value=$word; flag=\${flag#wanted-};; esac
  case $word in
    (--console-socket) flag=wanted-socket;;
    (--console) flag=wanted-path;;
  esac
done
give() { "\${0%/*}/give_console" "$value" "$@"; }
say_on_terminal() { printf word >"$value"; }
`;

/** State directories and runtimes, which are scripts. */
class Place implements Disposable {
  readonly dir = new TempDir();

  static async make(): Promise<Place> {
    const place = new Place();
    const { success, stderr } = await new Deno.Command("gcc", {
      args: ["-Wall", "-o", place.dir.at("give_console")].concat(
        new URL("../support/give_console.c", import.meta.url).pathname,
      ),
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    return place;
  }

  async start(
    script: string,
    order: Record<string, unknown>,
  ): Promise<Facts & { calls: string[]; log: string; temporary: string[] }> {
    const state = Deno.makeTempDirSync({ dir: this.dir.path });
    const tmp = `${state}/tmp`;
    Deno.mkdirSync(tmp);
    const runtime = this.dir.file("runtime", HEAD + script, 0o755);
    const facts = await factsOf<Facts>(
      "start",
      [JSON.stringify({ runtime, ...order })],
      { cwd: state, env: { TMPDIR: tmp }, mapped: true },
    );
    return {
      ...facts,
      calls: readOr(`${state}/calls`).split("\n").slice(0, -1),
      log: readOr(`${state}/log.json`),
      temporary: [...Deno.readDirSync(tmp)].map(({ name }) => name),
    };
  }

  [Symbol.dispose](): void {
    this.dir[Symbol.dispose]();
  }
}

function readOr(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

/** Which console flag each call had. */
const flags = (calls: string[]) =>
  calls.map((call) => /--console(-socket)?/.exec(call)?.[0] ?? "none");

const terminal = { terminal: true };
const olderDaemon = { terminal: true, capabilities: "array" };

Deno.test("startContainer() without a terminal: no console flag, output on the streams", async () => {
  using place = await Place.make();
  const facts = await place.start("echo hello", {});
  assert.equal(facts.outcome, "started");
  assert.equal(facts.output, "hello\n");
  assert.deepEqual(flags(facts.calls), ["none"]);
  assert.match(facts.calls[0], / create --bundle .* --pid-file .*\/pid box$/);
  assert.deepEqual([facts.warnings, facts.leaked], [[], []]);
});

Deno.test("startContainer(): a runtime that fails is a RuntimeFailure that says how", async () => {
  using place = await Place.make();
  const cases: [order: Record<string, unknown>, script: string, end: string][] =
    [
      [{}, "exit 3", "create exited with status 3"],
      [{ exec: true }, "kill -9 $$", "exec was killed by signal 9"],
      [
        { checkpoint: "/cp", restored: true },
        "exit 1",
        "restore exited with status 1",
      ],
      [
        terminal,
        "echo bad luck; exit 4",
        "create exited with status 4: bad luck",
      ],
    ];
  for (const [order, script, end] of cases) {
    const { outcome, calls, leaked, temporary } = await place.start(
      script,
      order,
    );
    assert.equal(outcome, `RuntimeFailure: The runtime's ${end}`);
    assert.equal(calls.length, 1);
    assert.deepEqual([leaked, temporary], [[], []]);
  }
});

Deno.test("startContainer() with a terminal takes it from the console socket", async () => {
  using place = await Place.make();
  const facts = await place.start("give", terminal);
  assert.deepEqual([facts.outcome, facts.attached], ["started", true]);
  assert.deepEqual(flags(facts.calls), ["--console-socket"]);
  assert.equal(facts.output, "word");
  assert.deepEqual([facts.leaked, facts.temporary], [[], []]);
});

/** How flag parsers of different languages refuse a flag. */
const refusals = (flag: string) => [
  `flag provided but not defined: -${flag}`,
  `runc: unrecognized option '--${flag}'`,
  `Error: unknown flag: --${flag}`,
  `getopt: invalid option -- --${flag}`,
];

Deno.test("startContainer(): a runtime that refuses --console-socket gets --console", async () => {
  using place = await Place.make();
  for (const words of refusals("console-socket")) {
    const facts = await place.start(
      `[ $flag = path ] || { echo "${words}" >&2; exit 1; }; say_on_terminal`,
      terminal,
    );
    assert.deepEqual([facts.outcome, facts.attached], ["started", true], words);
    assert.deepEqual(flags(facts.calls), ["--console-socket", "--console"]);
    assert.match(facts.calls[1], / --console \/dev\/pts\/\d+ /);
    assert.equal(facts.output, "word");
    assert.deepEqual([facts.leaked, facts.temporary], [[], []]);
  }
});

Deno.test("startContainer(): an older daemon's runtime gets --console first, and a modern one the socket then", async () => {
  using place = await Place.make();
  const older = await place.start("say_on_terminal", olderDaemon);
  assert.deepEqual([older.outcome, older.output], ["started", "word"]);
  assert.deepEqual(flags(older.calls), ["--console"]);

  const [words] = refusals("console");
  const modern = await place.start(
    `[ $flag = socket ] || { echo "${words}"; exit 1; }; give`,
    olderDaemon,
  );
  assert.deepEqual([modern.outcome, modern.output], ["started", "word"]);
  assert.deepEqual(flags(modern.calls), ["--console", "--console-socket"]);
  assert.deepEqual(modern.leaked, []);
});

Deno.test("startContainer(): a refusal that is only in the runtime's log counts, and leaves it", async () => {
  using place = await Place.make();
  const [words] = refusals("console-socket");
  const facts = await place.start(
    `[ $flag = path ] && { echo later >>log.json; say_on_terminal; exit; }
     echo '{"level":"error","msg":"${words}"}' >>log.json; exit 1`,
    terminal,
  );
  assert.equal(facts.outcome, "started");
  assert.equal(facts.log, "later\n");
});

Deno.test("startContainer(): any other failure is no refusal, and its log stays", async () => {
  using place = await Place.make();
  const others = [
    "cannot connect to --console-socket /tmp/x: connection refused",
    "flag provided but not defined: -console-size",
    "unknown flag: --console",
    "no such container",
  ];
  for (const words of others) {
    const facts = await place.start(
      `echo "${words}" >>log.json; echo "${words}"; exit 1`,
      terminal,
    );
    assert.equal(
      facts.outcome,
      `RuntimeFailure: The runtime's create exited with status 1: ${words}`,
    );
    assert.deepEqual(flags(facts.calls), ["--console-socket"], words);
    assert.equal(facts.log, `${words}\n`);
    assert.deepEqual([facts.leaked, facts.temporary], [[], []]);
  }
});

Deno.test("startContainer(): a runtime that refuses both ways has failed", async () => {
  using place = await Place.make();
  const facts = await place.start(
    'echo "flag provided but not defined: -console${flag#path}" |' +
      "sed s/socket/-socket/; exit 1",
    terminal,
  );
  assert.deepEqual(flags(facts.calls), ["--console-socket", "--console"]);
  assert.equal(
    facts.outcome,
    "RuntimeFailure: The runtime's create exited with status 1: " +
      "flag provided but not defined: -console",
  );
  assert.deepEqual([facts.leaked, facts.temporary], [[], []]);
});

Deno.test("startContainer(): a console that is no terminal is an error", async () => {
  using place = await Place.make();
  const facts = await place.start("give /dev/null", terminal);
  assert.match(
    facts.outcome,
    /^Error: Cannot take the console .*not a terminal$/,
  );
  assert.deepEqual([facts.leaked, facts.temporary], [[], []]);
});

Deno.test("startContainer(): exec has the process file and the console, too", async () => {
  using place = await Place.make();
  const facts = await place.start("give", { terminal: true, exec: true });
  assert.equal(facts.outcome, "started");
  assert.match(
    facts.calls[0],
    / exec -d --process .*\/process\.json --console-socket .*\/pty\.sock /,
  );
});

Deno.test("startContainer(): a restore has a stamp, and no terminal even if it wants one", async () => {
  using place = await Place.make();
  const facts = await place.start("exit 0", {
    terminal: true,
    checkpoint: "/cp",
    restored: true,
  });
  assert.deepEqual([facts.outcome, facts.attached], ["started", false]);
  assert.equal(facts.warnings.length, 1);
  assert.match(facts.warnings[0], /^A restored container gets no terminal/);
  assert.deepEqual(flags(facts.calls), ["none"]);
  assert.match(
    facts.calls[0],
    / restore -d --image-path \/cp --work-path \/cp\/criu\.work\/restore-\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/,
  );
});

Deno.test("startContainer(): a runtime that does not exist is an error at either kind of stdio", async () => {
  using place = await Place.make();
  for (const order of [{}, terminal, olderDaemon]) {
    const facts = await place.start("", { ...order, runtime: "/no/such" });
    assert.match(
      facts.outcome,
      /^SystemError: Cannot start "\/no\/such": ENOENT/,
    );
    assert.deepEqual([facts.leaked, facts.temporary], [[], []]);
  }
});
