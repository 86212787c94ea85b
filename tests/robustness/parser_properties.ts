import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { cpuUsage } from "node:process";
import fc from "fast-check";
import { parseCheckpointConfig } from "../../src/daemon/checkpoint.ts";
import { ControlParser } from "../../src/daemon/control_parser.ts";
import { firstJsonValue, JsonError, JsonNumber } from "../../src/json/value.ts";
import { JsonObject, type JsonValue } from "../../src/json/value.ts";
import { logLine } from "../../src/daemon/log_line.ts";
import {
  parseProcessState,
  StateError,
} from "../../src/daemon/process_state.ts";
import { readPid } from "../../src/daemon/state_dir.ts";
import { TempDir, WorkingDirectory } from "../support/own_files.ts";
import { askedBy } from "./control_model.ts";
import {
  bytesOf,
  checkpointFields,
  controlStream,
  cut,
  cuts,
  disguise,
  disguised,
  mutate,
  mutations,
  pidText,
  processFields,
} from "./inputs.ts";
import { type FuzzProperty, property } from "./fuzz_property.ts";

/** More processor time than that for one small file: something is not linear. */
const SLOW_MS = 500;

/** What the readers of the daemon's and the runtime's files hold to. */
export const parserProperties: readonly FuzzProperty[] = [
  property({
    name: "the control FIFO means what its grammar says, however it is cut",
    cases: 3000,
    arbitraries: [controlStream, cuts],
    check: (stream: Uint8Array, lengths: number[]) => {
      const parser = new ControlParser();
      const found = cut(stream, lengths).flatMap((piece) => parser.push(piece));
      deepStrictEqual(found, askedBy(stream));
    },
  }),
  property({
    name: "a well-formed process.json is read as it was meant",
    cases: 750,
    arbitraries: [processFields, disguise],
    check: (fields, how) => {
      const state = parseProcessState(disguised(fields, how));
      const { capabilities } = fields;
      deepStrictEqual(state, {
        terminal: fields.terminal ?? false,
        exec: fields.exec ?? false,
        stdin: wellFormed(fields.containerdStdin),
        stdout: wellFormed(fields.containerdStdout),
        stderr: wellFormed(fields.containerdStderr),
        runtimeArgs: (fields.runtimeArgs ?? []).map(wellFormed),
        noPivotRoot: fields.noPivotRoot ?? false,
        checkpoint: wellFormed(fields.checkpoint),
        rootUid: Number((fields.rootUID ?? 0n) & 0xffffffffn),
        rootGid: Number((fields.rootGID ?? 0n) & 0xffffffffn),
        capabilities: capabilities === null || capabilities === undefined
          ? "absent"
          : Array.isArray(capabilities)
          ? "array"
          : "object",
      });
    },
  }),
  property({
    name: "a damaged process.json is read or refused, with a reason",
    cases: 2000,
    arbitraries: [processFields, disguise, mutations],
    check: (fields, how, changes) => {
      readsOrRefuses(
        mutate(disguised(fields, how), changes),
        "process.json",
        parseProcessState,
      );
    },
  }),
  property({
    name: "a well-formed checkpoint is read as it was meant",
    cases: 250,
    arbitraries: [checkpointFields, disguise],
    check: (fields, how) => {
      deepStrictEqual(parseCheckpointConfig(disguised(fields, how), "c"), {
        tcp: fields.tcp ?? false,
        unixSockets: fields.unixSockets ?? false,
        shell: fields.shell ?? false,
        emptyNS: (fields.emptyNS ?? []).map(wellFormed),
      });
    },
  }),
  property({
    name: "a damaged checkpoint is read or refused, with a reason",
    cases: 1000,
    arbitraries: [checkpointFields, disguise, mutations],
    check: (fields, how, changes) => {
      readsOrRefuses(
        mutate(disguised(fields, how), changes),
        "config.json",
        (bytes) => parseCheckpointConfig(bytes, "config.json"),
      );
    },
  }),
  property({
    name: "any bytes at all are read or refused, with a reason",
    cases: 1500,
    arbitraries: [
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.array(fc.constantFrom(...'{}[],:"\\0-1.eEtrufalsn \n'), {
          maxLength: 60,
        }).map((letters) => bytesOf(letters.join(""))),
        fc.tuple(
          fc.constantFrom("[", '{"a":', "[[", "{", "-", '"'),
          fc.nat(20000),
        )
          .map(([piece, times]) => bytesOf(piece.repeat(times))),
      ),
    ],
    check: (bytes: Uint8Array) => {
      readsOrRefuses(bytes, "process.json", parseProcessState);
    },
  }),
  property({
    name: "JSON is what the engine's own parser says it is",
    cases: 1000,
    arbitraries: [fc.json(), mutations],
    check: (text: string, changes) => {
      deepStrictEqual(plain(firstJsonValue(bytesOf(text))), JSON.parse(text));
      agreesWithEngine(mutate(bytesOf(text), changes));
    },
  }),
  property({
    name: "any message makes one line of JSON that says the same",
    cases: 750,
    arbitraries: [fc.string({ unit: "binary", maxLength: 60 })],
    check: (message: string) => {
      const line = logLine("error", message);
      strictEqual(line.indexOf("\n"), line.length - 1);
      deepStrictEqual(JSON.parse(line), { level: "error", msg: message });
    },
  }),
  property({
    name: "the pid file is a positive decimal number or refused",
    cases: 750,
    arbitraries: [pidText, fc.integer({ min: 1, max: 2 ** 31 - 1 })],
    check: (text: string, number: number) => {
      const content = text.replaceAll("PID", String(number));
      using directory = new TempDir();
      directory.file("pid", content);
      using _here = new WorkingDirectory(directory.path);
      const digits = /^[+-]?([0-9]+)$/.exec(
        new TextDecoder().decode(bytesOf(content)),
      );
      const value = digits === null || content.startsWith("-")
        ? 0
        : Number(digits[1]);
      const isPid = value > 0 && value < 2 ** 31;
      strictEqual(outcomeOf(readPid), isPid ? value : "refused");
    },
  }),
];

/** Absent is empty; what is no Unicode text becomes U+FFFD. */
function wellFormed(text: string | null | undefined): string {
  return (text ?? "").toWellFormed();
}

function outcomeOf<T>(action: () => T): T | "refused" {
  try {
    return action();
  } catch (error) {
    ok((error as Error).message.startsWith("The runtime wrote no process id"));
    return "refused";
  }
}

function readsOrRefuses(
  bytes: Uint8Array,
  name: string,
  parse: (bytes: Uint8Array) => unknown,
): void {
  const began = cpuUsage();
  try {
    parse(bytes);
  } catch (error) {
    ok(error instanceof StateError, `${error}`);
    ok(error.message.startsWith(`${name}: `), error.message);
    ok(error.message.length < 3000, `${error.message.length} characters`);
  }
  const { user, system } = cpuUsage(began);
  const took = (user + system) / 1000;
  ok(took < SLOW_MS, `took ${took} ms`);
}

/** Both see the same at its start, or no JSON value there. */
function agreesWithEngine(bytes: Uint8Array): void {
  let value: JsonValue | undefined;
  try {
    value = firstJsonValue(bytes);
  } catch (error) {
    ok(error instanceof JsonError, `${error}`);
  }
  const text = textOf(bytes);
  if (text === undefined) return;
  const theirs = jsonAtStart(text);
  if (value !== undefined) {
    deepStrictEqual(plain(value), wellFormedJson(theirs?.value));
  } else if (!/^\s*[-\d]/.test(text)) {
    // A number that breaks off is a fault, though its digits would be one.
    strictEqual(theirs, undefined);
  }
}

/** A byte order mark is kept: it is an error to both. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(bytes);
  } catch {
    return undefined;
  }
}

/** The longest beginning that is JSON: a number goes as far as it can. */
function jsonAtStart(text: string): { value: unknown } | undefined {
  for (let end = text.length; end > 0; end--) {
    try {
      return { value: JSON.parse(text.slice(0, end)) };
    } catch {
      // It has more, or a fault.
    }
  }
  return undefined;
}

function plain(value: JsonValue): unknown {
  if (value instanceof JsonNumber) return Number(value.literal);
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof JsonObject) {
    // Of several members with one name the last one counts.
    return Object.fromEntries(
      value.members.map(([name, member]) => [name, plain(member)] as const),
    );
  }
  return value;
}

function wellFormedJson(value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormedJson);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) =>
        [name.toWellFormed(), wellFormedJson(member)] as const
      ),
    );
  }
  return value;
}
