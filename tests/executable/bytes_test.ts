import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { runCommand } from "../support/command.ts";
import { type Call, Run } from "../support/harness.ts";

// Paths and the environment are bytes. In this file a character of a text is
// one byte, as in the records of the runtime's calls.
const ODD = "m\xfcller";

/** Moves one of the run's directories to a name that is no UTF-8. */
function makeOdd(run: Run, name: string): string {
  const place = `${run.root}/${ODD}-${name}`;
  shell('mv "$1/$2" "$1/$odd-$2"; ln -s "$odd-$2" "$1/$2"', run.root, name);
  return place;
}

function shell(script: string, ...args: string[]): void {
  const odd = 'odd=$(printf "m\\374ller"); set -e; ';
  runCommand("sh", ["-c", odd + script, "sh", ...args]);
}

/** What a call was given for a flag. */
function given(call: Call, flag: string): string | undefined {
  return call.argv[call.argv.indexOf(flag) + 1];
}

interface Situation {
  /** Laid over the usual environment. */
  env?: Record<string, string>;
  runtime?: string;
  /** Has to be true of the runtime's create. */
  arrives?: (create: Call) => unknown;
}

interface Row {
  name: string;
  terminal?: boolean;
  /** Called before the files are made. */
  arrange: (run: Run) => Situation;
}

const usual = "/usr/sbin:/usr/bin:/sbin:/bin";

const ROWS: Row[] = [
  {
    name: "a directory in PATH, before that of the runtime",
    arrange: (run) => ({
      env: { PATH: `/${ODD}:${run.runtimeDir}:${usual}` },
      runtime: "fakert",
      arrives: ({ execfn }) => execfn === run.runtime,
    }),
  },
  {
    name: "the runtime's directory in PATH",
    arrange: (run) => {
      const place = makeOdd(run, "rt");
      return {
        env: { PATH: `/nowhere:${place}:${usual}` },
        runtime: "fakert",
        arrives: ({ execfn }) => execfn === `${place}/fakert`,
      };
    },
  },
  {
    name: "a PWD that leads nowhere",
    arrange: (run) => ({
      env: { PWD: `/home/${ODD}` },
      arrives: (create) => given(create, "--pid-file") === `${run.state}/pid`,
    }),
  },
  {
    name: "a PWD that is another name of the state directory",
    arrange: (run) => {
      shell('ln -s "$1" "$2/$odd"', run.state, run.root);
      const alias = `${run.root}/${ODD}`;
      return {
        env: { PWD: alias },
        arrives: (create) =>
          given(create, "--pid-file") === `${alias}/pid` &&
          given(create, "--log") === `${alias}/log.json`,
      };
    },
  },
  {
    name: "the state directory",
    arrange: (run) => {
      const place = makeOdd(run, "state");
      return {
        arrives: (create) =>
          given(create, "--pid-file") === `${place}/pid` &&
          given(create, "--log") === `${place}/log.json`,
      };
    },
  },
  {
    name: "what the bundle's path leads to",
    arrange: (run) => {
      const place = makeOdd(run, "bundle");
      return {
        arrives: (create) =>
          create.cwd === place && given(create, "--bundle") === run.bundle,
      };
    },
  },
  {
    name: "TMPDIR",
    arrange: (run) => ({ env: { TMPDIR: makeOdd(run, "tmp") } }),
  },
  {
    name: "TMPDIR, where the console socket is",
    terminal: true,
    arrange: (run) => {
      const place = makeOdd(run, "tmp");
      return {
        env: { TMPDIR: place },
        arrives: (create) =>
          given(create, "--console-socket")?.startsWith(`${place}/pty`),
      };
    },
  },
  {
    name: "a variable that means nothing, and the name of one",
    arrange: () => ({ env: { LC_X: "\xff\xfe", [ODD]: "1" } }),
  },
];

for (const { name, terminal, arrange } of ROWS) {
  Deno.test(`bytes that are no UTF-8 are passed on, and the container lives: ${name}`, async () => {
    await using run = new Run();
    const { env, runtime = run.runtime, arrives } = arrange(run);
    run.setup({ init: "echo ran; exit 3", terminal });
    const entries = Object.entries({ ...run.baseEnv(), ...env })
      .map(([variable, value]) => `${variable}=${value}`);
    await run.start({
      args: [run.id, run.bundle, runtime],
      env: entries.map((entry) =>
        Uint8Array.from(entry, (character) => character.charCodeAt(0))
      ),
    });
    await run.untilExit();
    deepStrictEqual(run.shimLog(), []);
    deepStrictEqual(run.exit, { kind: "code", code: 0 });
    strictEqual(run.stateFile("exitStatus"), "3");
    strictEqual(run.text(), terminal ? "ran\r\n" : "ran\n");
    const calls = run.calls();
    deepStrictEqual(calls.map(({ cmd }) => cmd), ["create", "kill", "delete"]);
    for (const call of calls) deepStrictEqual(call.env, entries);
    ok(arrives?.(calls[0]) ?? true, JSON.stringify(calls[0]));
  });
}
