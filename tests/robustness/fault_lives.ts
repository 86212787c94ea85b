import type { Run, SetupOptions } from "../support/harness.ts";

/** A life of a shim that is the same each time, unless something fails. */
export interface Life {
  name: string;
  setup: SetupOptions;
  /** What else is there before the start. */
  prepare?: (run: Run) => void;
  /** Besides what a daemon gives. */
  env?: (run: Run) => Record<string, string>;
  /** Nobody reads stdout until the container has said everything. */
  isUnread?: boolean;
  /** The runtime's calls, in order. */
  calls: readonly string[];
  /** What the container says; a terminal also shows what it is told. */
  stdout: string;
  stderr: string;
}

/** The status that each init ends with. */
export const STATUS = "42";

/**
 * Takes a word, answers, and waits until it is let go: so it still runs when
 * its shim goes away early.
 */
const INIT =
  'read word; echo "got $word"; echo oops >&2; read x < ../rt/gate; exit 42';
/** More bytes than all pipes on the way hold. */
const FLOOD = 2_500_000;

const ON_PIPES = { stdout: "got ping\n", stderr: "oops\n" } as const;
const ON_TERMINAL = {
  stdout: "ping\r\ngot ping\r\noops\r\n",
  stderr: "",
} as const;
const WHOLE = ["create", "kill", "delete"] as const;

/** Together they go through all there is between argv and exit status. */
export const LIVES: readonly Life[] = [
  {
    name: "pipes",
    setup: { init: INIT },
    calls: WHOLE,
    ...ON_PIPES,
  },
  {
    name: "terminal, console socket",
    setup: { init: INIT, terminal: true },
    calls: WHOLE,
    ...ON_TERMINAL,
  },
  {
    name: "terminal, --console",
    setup: {
      init: INIT,
      terminal: true,
      process: { capabilities: ["CAP_KILL"] },
      runtime: { flags: "legacy" },
    },
    calls: WHOLE,
    ...ON_TERMINAL,
  },
  {
    name: "terminal, socket refused",
    setup: { init: INIT, terminal: true, runtime: { flags: "legacy" } },
    calls: ["create", ...WHOLE],
    ...ON_TERMINAL,
  },
  {
    name: "exec",
    setup: { init: INIT, process: { exec: true } },
    calls: ["exec"],
    ...ON_PIPES,
  },
  {
    name: "restore",
    setup: { init: INIT },
    prepare: (run) => {
      const checkpoint = `${run.root}/checkpoint`;
      Deno.mkdirSync(checkpoint);
      Deno.writeTextFileSync(`${checkpoint}/config.json`, '{"tcp":true}');
      run.writeProcess({ ...run.defaultProcess(), checkpoint });
    },
    calls: ["restore", "kill", "delete"],
    ...ON_PIPES,
  },
  {
    name: "spool",
    setup: {
      init: `read word; head -c ${FLOOD} /dev/zero | tr '\\0' x; ` +
        "echo oops >&2; read x < ../rt/gate; exit 42",
    },
    env: (run) => ({ DOCKER_CONTAINERD_SHIM_SPOOL: `${run.root}/spool:64M` }),
    prepare: (run) => Deno.mkdirSync(`${run.root}/spool`),
    isUnread: true,
    calls: WHOLE,
    stdout: "x".repeat(FLOOD),
    stderr: "oops\n",
  },
];
