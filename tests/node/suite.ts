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
import {
  firstJsonValue,
  JsonNumber,
  JsonObject,
} from "../../src/json/value.ts";
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
import { procOnNode } from "./proc.ts";
import { StateDirectory, until } from "./state_directory.ts";

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

test("process.json", () => {
  const found = state();
  assert.equal(found.stdout, "/s/out");
  assert.deepEqual(found.runtimeArgs, ["--root", "/r"]);
  assert.deepEqual([found.rootUid, found.rootGid], [1000, 0xffffffff]);
  assert.throws(
    () => parseProcessState(encode('{"terminal":1}')),
    /^StateError: process\.json: .*terminal.*a boolean/,
  );
});

test("a checkpoint's config.json", () => {
  const text = encode('{"name":"x","tcp":true,"unixSockets":true}');
  const found = parseCheckpointConfig(text, "/c/config.json");
  assert.equal(found.tcp, true);
  assert.equal(found.shell, false);
  assert.ok(restoreArgs(context(), found, "now").includes("--tcp-established"));
});

test("JSON and UTF-8 as Go reads them", () => {
  const value = firstJsonValue(encode('{"a":1.0,"a":"\\ud800"} rest'));
  assert.ok(value instanceof JsonObject);
  assert.deepEqual(value.members, [["a", new JsonNumber("1.0")], ["a", "�"]]);
  assert.equal(decodeUtf8(new Uint8Array([0x61, 0xff])), "a\ufffd");
});

test("control messages", () => {
  const parser = new ControlParser();
  assert.deepEqual([...parser.push(encode("1 80 2"))], []);
  assert.deepEqual([...parser.push(encode("4\n0 0 0\n"))], [
    { kind: "resize", columns: 80, rows: 24 },
    { kind: "close-stdin" },
  ]);
});

test("the runtime's arguments", () => {
  const socket = { kind: "socket", path: "/t/pty.sock" } as const;
  const create = createArgs(context(), socket);
  assert.deepEqual(create.slice(0, 6), [
    "--log",
    "/s/log.json",
    "--log-format",
    "json",
    "--root",
    "/r",
  ]);
  assert.ok(create.includes("--console-socket"));
  assert.equal(create.at(-1), "0123");
  assert.ok(
    execArgs(context(), { kind: "none" }).includes("/s/process.json"),
  );
  assert.deepEqual(killArgs(context()).slice(2), [
    "kill",
    "--all",
    "0123",
    "SIGKILL",
  ]);
  assert.deepEqual(deleteArgs(context()).slice(2), ["delete", "0123"]);
});

test("log lines", () => {
  const line = logLine("warn", 'a "quoted"\nword');
  assert.equal(line.at(-1), "\n");
  assert.deepEqual(JSON.parse(line), {
    level: "warn",
    msg: 'a "quoted"\nword',
  });
});

test("the command line", () => {
  assert.deepEqual(parseCommand(["0123", "/b", "runc"]), {
    kind: "run",
    id: "0123",
    bundle: "/b",
    runtime: "runc",
  });
  assert.deepEqual(parseCommand(["--inspect", "0123", "--json"]), {
    kind: "inspect",
    directory: "0123",
    json: true,
  });
  assert.equal(parseCommand(["--nope"]).kind, "bad-flag");
  assert.match(usage("shim"), /^Usage: shim <id>/);
});

test("the settings", () => {
  assert.deepEqual(parseSpoolSetting("/spool:64M"), {
    directory: "/spool",
    limit: 64 << 20,
  });
  assert.equal(parseGeneration("1.13"), DEFAULT_GENERATION);
  assert.throws(() => parseGeneration("nonsense"), /found "nonsense"/);
});

test("--inspect of a shim from its start to its end", async () => {
  const directory = new StateDirectory();
  try {
    assert.equal(
      inspect(directory.path, procOnNode).step.kind,
      "never-started",
    );

    directory.start(process.env.SHIM!);
    const stepIs = (kind: string) => () =>
      inspect(directory.path, procOnNode).step.kind === kind;
    await until(stepIs("waiting-for-reader"), "the shim waits");
    assert.match(
      inspect(directory.path, procOnNode).words,
      /opened exit for reading/,
    );

    directory.read("exit", "stdout", "stderr");
    let found = inspect(directory.path, procOnNode);
    await until(() => {
      found = inspect(directory.path, procOnNode);
      return found.step.kind === "running";
    }, "the container runs");
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
    const last = inspect(directory.path, procOnNode);
    assert.equal(last.step.kind, "ended");
    assert.match(last.words, /exit status 137/);
  } finally {
    directory.clear();
  }
});
