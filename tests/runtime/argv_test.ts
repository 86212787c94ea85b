// What a daemon of 0.2.8 or 0.2.9 passes is compared with upstream's own calls
// in tests/conformance; here is what the recordings do not have.
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { CheckpointConfig } from "../../src/daemon/checkpoint.ts";
import { parseProcessState } from "../../src/daemon/process_state.ts";
import {
  type CallContext,
  checkpointConfigPath,
  createArgs,
  deleteArgs,
  execArgs,
  restoreArgs,
  restoreStamp,
} from "../../src/runtime/argv.ts";

const LOG = ["--log", "/state/log.json", "--log-format", "json"];
const END = ["--pid-file", "/state/pid", "ID"];
const NONE = { kind: "none" } as const;
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
