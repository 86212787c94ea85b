import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { CheckpointConfig } from "../../src/daemon/checkpoint.ts";
import { parseProcessState } from "../../src/daemon/process_state.ts";
import {
  type CallContext,
  checkpointConfigPath,
  createArgs,
  deleteArgs,
  execArgs,
  killArgs,
  restoreArgs,
  restoreStamp,
} from "../../src/runtime/argv.ts";

const LOG = ["--log", "/state/log.json", "--log-format", "json"];
const END = ["--pid-file", "/state/pid", "ID"];
const NONE = { kind: "none" } as const;
const SOCKET = { kind: "socket", path: "/tmp/pty1/pty.sock" } as const;
const PTS = { kind: "path", path: "/dev/pts/3" } as const;
const CHECKPOINT: CheckpointConfig = {
  tcp: false,
  unixSockets: false,
  shell: false,
  emptyNS: [],
};

function context(
  processJson: Record<string, unknown> = {},
  other: Partial<CallContext> = {},
): CallContext {
  const bytes = new TextEncoder().encode(JSON.stringify(processJson));
  return {
    id: "ID",
    bundle: "/bundle",
    stateDir: "/state",
    state: parseProcessState(bytes),
    calls: "create",
    ...other,
  };
}

const NO_PIVOT = context({ noPivotRoot: true });
const WITH_ARGS = context({
  runtimeArgs: ["--root", "/a b", "--debug", "", "--systemd-cgroup"],
});

Deno.test("createArgs() is what upstream passes", () => {
  const create = [...LOG, "create", "--bundle", "/bundle"];
  deepStrictEqual(createArgs(context(), NONE), [...create, ...END]);
  deepStrictEqual(createArgs(NO_PIVOT, NONE), [
    ...create,
    "--no-pivot",
    ...END,
  ]);
  deepStrictEqual(createArgs(NO_PIVOT, SOCKET), [
    ...create,
    "--console-socket",
    "/tmp/pty1/pty.sock",
    "--no-pivot",
    ...END,
  ]);
  deepStrictEqual(createArgs(NO_PIVOT, PTS), [
    ...create,
    "--console",
    "/dev/pts/3",
    "--no-pivot",
    ...END,
  ]);
});

Deno.test("createArgs() passes id and bundle as they are", () => {
  for (const bundle of ["", "../bundle", "/a//b/"]) {
    deepStrictEqual(createArgs(context({}, { bundle }), NONE), [
      ...LOG,
      "create",
      "--bundle",
      bundle,
      ...END,
    ]);
  }
  for (const id of ["", "-", "-id", 'we ird/../\n"id']) {
    strictEqual(createArgs(context({}, { id }), NONE).at(-1), id);
    deepStrictEqual(killArgs(context({}, { id })), [
      "kill",
      "--all",
      id,
      "SIGKILL",
    ]);
    deepStrictEqual(deleteArgs(context({}, { id })), ["delete", id]);
  }
});

Deno.test("execArgs() is what upstream passes, without --no-pivot", () => {
  const exec = [...LOG, "exec", "-d", "--process", "/state/process.json"];
  for (const call of [context(), NO_PIVOT]) {
    deepStrictEqual(execArgs(call, NONE), [...exec, ...END]);
    deepStrictEqual(execArgs(call, SOCKET), [
      ...exec,
      "--console-socket",
      "/tmp/pty1/pty.sock",
      ...END,
    ]);
    deepStrictEqual(execArgs(call, PTS), [
      ...exec,
      "--console",
      "/dev/pts/3",
      ...END,
    ]);
  }
});

Deno.test("runtimeArgs stand behind the log options and first in kill and delete", () => {
  const given = ["--root", "/a b", "--debug", "", "--systemd-cgroup"];
  const first = [...LOG, ...given];
  deepStrictEqual(createArgs(WITH_ARGS, NONE).slice(0, 10), [
    ...first,
    "create",
  ]);
  deepStrictEqual(execArgs(WITH_ARGS, NONE).slice(0, 10), [...first, "exec"]);
  deepStrictEqual(restoreArgs(WITH_ARGS, CHECKPOINT, "S").slice(0, 10), [
    ...first,
    "restore",
  ]);
  deepStrictEqual(killArgs(WITH_ARGS), [
    ...given,
    "kill",
    "--all",
    "ID",
    "SIGKILL",
  ]);
  deepStrictEqual(deleteArgs(WITH_ARGS), [...given, "delete", "ID"]);
  const escaped = context({ runtimeArgs: ["--log", "/dev/null"] });
  deepStrictEqual(createArgs(escaped, NONE).slice(0, 6), [
    ...LOG,
    "--log",
    "/dev/null",
  ]);
});

Deno.test("restoreArgs() has each option at its place", () => {
  const call = context({ checkpoint: "/cpt" });
  const restore = [
    ...LOG,
    "restore",
    "-d",
    "--image-path",
    "/cpt",
    "--work-path",
    "/cpt/criu.work/restore-STAMP",
  ];
  const cases: [Partial<CheckpointConfig>, string[]][] = [
    [{}, []],
    [{ shell: true }, ["--shell-job"]],
    [{ tcp: true }, ["--tcp-established"]],
    [{ unixSockets: true }, ["--ext-unix-sk"]],
    [{ emptyNS: ["network"] }, ["--empty-ns", "network"]],
    [{ emptyNS: ["network", "ipc"] }, [
      "--empty-ns",
      "network",
      "--empty-ns",
      "ipc",
    ]],
  ];
  for (const [options, args] of cases) {
    deepStrictEqual(
      restoreArgs(call, { ...CHECKPOINT, ...options }, "STAMP"),
      [...restore, ...args, ...END],
    );
  }
  deepStrictEqual(
    restoreArgs(
      context({
        checkpoint: "/cpt",
        noPivotRoot: true,
        terminal: true,
        runtimeArgs: ["--root", "/r"],
      }),
      {
        shell: true,
        tcp: true,
        unixSockets: true,
        emptyNS: ["network", "uts"],
      },
      "STAMP",
    ),
    [
      ...LOG,
      "--root",
      "/r",
      ...restore.slice(LOG.length),
      "--shell-job",
      "--tcp-established",
      "--ext-unix-sk",
      "--no-pivot",
      "--empty-ns",
      "network",
      "--empty-ns",
      "uts",
      ...END,
    ],
  );
});

Deno.test("restoreArgs() keeps the image path and joins the work path", () => {
  const cases: [checkpoint: string, work: string][] = [
    ["cp1", "cp1/criu.work/restore-S"],
    ["cpt//x/../x/", "cpt/x/criu.work/restore-S"],
    ["/cpt/", "/cpt/criu.work/restore-S"],
    ["../cpt", "../cpt/criu.work/restore-S"],
    [".", "criu.work/restore-S"],
    ["//cpt", "/cpt/criu.work/restore-S"],
  ];
  for (const [checkpoint, work] of cases) {
    const args = restoreArgs(context({ checkpoint }), CHECKPOINT, "S");
    deepStrictEqual(args.slice(6, 10), [
      "--image-path",
      checkpoint,
      "--work-path",
      work,
    ]);
  }
});

Deno.test("checkpointConfigPath() joins as Go's filepath.Join does", () => {
  const cases: [checkpoint: string, path: string][] = [
    ["/cpt", "/cpt/config.json"],
    ["cpt//x/../x/", "cpt/x/config.json"],
    ["cpt/..", "config.json"],
    ["../..", "../../config.json"],
    ["/..", "/config.json"],
    ["./cpt/.", "cpt/config.json"],
    ["/", "/config.json"],
    ["/a b/\n", "/a b/\n/config.json"],
  ];
  for (const [checkpoint, path] of cases) {
    strictEqual(checkpointConfigPath(context({ checkpoint })), path);
  }
});

Deno.test("paths in the state directory are joined, whatever its name", () => {
  const cases: [stateDir: string, prefix: string][] = [
    ["/", "/"],
    ["/run/a//b/", "/run/a/b/"],
    ["/run/a b", "/run/a b/"],
  ];
  for (const [stateDir, prefix] of cases) {
    const call = context({}, { stateDir });
    strictEqual(createArgs(call, NONE)[1], `${prefix}log.json`);
    strictEqual(createArgs(call, NONE).at(-2), `${prefix}pid`);
    strictEqual(execArgs(call, NONE)[7], `${prefix}process.json`);
  }
});

Deno.test("restoreStamp() writes a time as Go's RFC3339Nano does", () => {
  const second = 1483228805n * 1_000_000_000n; // 2017-01-01T00:00:05Z
  const cases: [nanoseconds: bigint, offset: number, stamp: string][] = [
    [0n, 0, "1970-01-01T00:00:00Z"],
    [second, 0, "2017-01-01T00:00:05Z"],
    [second + 123456789n, 0, "2017-01-01T00:00:05.123456789Z"],
    [second + 500000000n, 0, "2017-01-01T00:00:05.5Z"],
    [second + 100200n, 0, "2017-01-01T00:00:05.0001002Z"],
    [second + 1n, 0, "2017-01-01T00:00:05.000000001Z"],
    [second, 120, "2017-01-01T02:00:05+02:00"],
    [second, -210, "2016-12-31T20:30:05-03:30"],
    [second + 10n, 345, "2017-01-01T05:45:05.00000001+05:45"],
    [second, -5, "2016-12-31T23:55:05-00:05"],
    [second, 840, "2017-01-01T14:00:05+14:00"],
    [-1n, 0, "1969-12-31T23:59:59.999999999Z"],
    [-1_000_000_000n, 0, "1969-12-31T23:59:59Z"],
  ];
  for (const [nanoseconds, offset, stamp] of cases) {
    strictEqual(restoreStamp(nanoseconds, offset), stamp);
  }
});

Deno.test("the oldest daemons have the runtime start the container at once", () => {
  const all = {
    runtimeArgs: ["--root", "/r"],
    noPivotRoot: true,
    checkpoint: "cp1",
  };
  const call = context(all, { calls: "start" });
  const root = ["--root", "/r"];
  deepStrictEqual(createArgs(call, PTS), [
    ...[...LOG, ...root, "start", "--bundle", "/bundle"],
    ...["--console", "/dev/pts/3", "--no-pivot", "-d", ...END],
  ]);
  deepStrictEqual(execArgs(call, PTS), [
    ...[...LOG, ...root, "exec", "--process", "/state/process.json"],
    ...["--console", "/dev/pts/3", "-d", ...END],
  ]);
  const options = { ...CHECKPOINT, shell: true, emptyNS: ["network"] };
  deepStrictEqual(restoreArgs(call, options, "stamp"), [
    ...[...LOG, ...root, "restore", "--image-path"],
    ...["/bundle/checkpoints/cp1", "--shell-job", "--no-pivot", "-d", ...END],
  ]);
  deepStrictEqual(deleteArgs(call), ["delete", "ID"]);
  strictEqual(
    checkpointConfigPath(call),
    "/bundle/checkpoints/cp1/config.json",
  );
});
