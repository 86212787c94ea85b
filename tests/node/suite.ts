import "./namespace.ts";
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { parseCommand } from "../../src/args.ts";
import { parseCheckpointConfig } from "../../src/daemon/checkpoint.ts";
import { ControlParser } from "../../src/daemon/control_parser.ts";
import { DEFAULT_GENERATION } from "../../src/daemon/generation.ts";
import { inspect, inspectionJson } from "../../src/inspect/inspect.ts";
import { report } from "../../src/inspect/report.ts";
import { firstJsonValue, JsonNumber } from "../../src/json/value.ts";
import { logLine } from "../../src/daemon/log_line.ts";
import { parseProcessState } from "../../src/daemon/process_state.ts";
import {
  type CallContext,
  createArgs,
  deleteArgs,
  execArgs,
  killArgs,
  restoreArgs,
} from "../../src/runtime/argv.ts";
import {
  parseGeneration,
  parseSpoolSetting,
} from "../../src/daemon/settings.ts";
import { usage } from "../../src/usage.ts";
import { decodeUtf8 } from "../../src/json/utf8.ts";
import { machineOnNode } from "./machine.ts";
import { until } from "../support/until.ts";
import { StateDirectory } from "./state_directory.ts";

const encode = (text: string) => new TextEncoder().encode(text);

const PROCESS = `{"terminal":false,"exec":false,"containerdStdin":"/s/in",
"containerdStdout":"/s/out","containerdStderr":"/s/err","runtimeArgs":["--root",
"/r"],"rootUID":1000,"rootGID":-1,"capabilities":null}`;

const state = () => parseProcessState(encode(PROCESS));

function context(): CallContext {
  return {
    id: "0123",
    bundle: "/b",
    stateDir: "/s",
    state: state(),
    calls: "create",
  };
}

test("this is Node, without a namespace of its own", () => {
  assert.ok(Number(process.versions.node.split(".")[0]) >= 20);
  assert.equal(process.release.name, "node");
  assert.equal("dlopen" in Deno, false);
});

test("what the daemon and the runtime write", () => {
  const found = state();
  assert.deepEqual(found.runtimeArgs, ["--root", "/r"]);
  assert.deepEqual([found.rootUid, found.rootGid], [1000, 0xffffffff]);
  assert.throws(
    () => parseProcessState(encode('{"terminal":1}')),
    /^StateError: process\.json: .*terminal.*a boolean/,
  );
  const checkpoint = parseCheckpointConfig(encode('{"tcp":true}'), "c");
  const restore = restoreArgs(context(), checkpoint, "now");
  assert.ok(restore.includes("--tcp-established"));
  assert.deepEqual(
    firstJsonValue(encode('[1.0,"\\ud800"] rest')),
    [new JsonNumber("1.0"), "\ufffd"],
  );
  assert.equal(decodeUtf8(new Uint8Array([0x61, 0xff])), "a\ufffd");
  assert.deepEqual(new ControlParser().push(encode("1 80 24\n0 0 0\n")), [
    { kind: "resize", columns: 80, rows: 24 },
    { kind: "close-stdin" },
  ]);
});

test("what the runtime and the daemon are told", () => {
  const socket = { kind: "socket", path: "/t/pty.sock" } as const;
  const create = createArgs(context(), socket);
  assert.ok(create.includes("--console-socket"));
  assert.equal(create.at(-1), "0123");
  assert.ok(execArgs(context(), { kind: "none" }).includes("/s/process.json"));
  assert.ok(killArgs(context()).includes("SIGKILL"));
  assert.ok(deleteArgs(context()).includes("delete"));
  const msg = 'a "quoted"\nword';
  assert.deepEqual(JSON.parse(logLine("warn", msg)), { level: "warn", msg });
});

test("the command line and the settings", () => {
  assert.equal(parseCommand(["0123", "/b", "runc"]).kind, "run");
  assert.equal(parseCommand(["--inspect", "0123", "--json"]).kind, "inspect");
  assert.match(usage("shim"), /^Usage: shim <id>/);
  assert.equal(parseSpoolSetting("/spool:64M")?.limit, 64 << 20);
  assert.equal(parseGeneration("1.13"), DEFAULT_GENERATION);
  assert.throws(() => parseGeneration("nonsense"), /found "nonsense"/);
});

test("--inspect of a shim from its start to its end", async () => {
  const directory = new StateDirectory();
  const look = () => inspect(directory.path, machineOnNode);
  try {
    assert.equal(look().step.kind, "never-started");

    directory.start(process.env.SHIM!);
    const waits = () => look().step.kind === "waiting-for-reader";
    await until(waits, "the shim waits");
    assert.match(look().words, /opened exit for reading/);

    directory.read("exit", "stdout", "stderr");
    const runs = () => look().step.kind === "running";
    await until(runs, "the container runs");
    const found = look();
    assert.equal(found.facts.shim?.pid, directory.shimPid);
    assert.equal(found.facts.shim?.id, "node-id");
    assert.equal(found.facts.container?.command, "sleep 1000");
    assert.deepEqual(
      found.facts.links.map(({ name }) => name),
      ["stdin", "stdout", "stderr"],
    );
    const [exit] = found.facts.channels;
    assert.deepEqual(
      exit.holders.map(({ pid }) => pid).sort(),
      [process.pid, directory.shimPid].sort(),
    );
    assert.equal(JSON.parse(inspectionJson(found)).ok, true);
    assert.match(report(found), /^container +process \d+, S \(sleeping\)/m);

    process.kill(found.facts.container!.pid, "SIGKILL");
    await until(() => directory.ended, "the shim has ended");
    const last = look();
    assert.equal(last.step.kind, "ended");
    assert.match(last.words, /exit status 137/);
  } finally {
    directory.clear();
  }
});
