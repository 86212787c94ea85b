import { Buffer } from "node:buffer";
import fc from "fast-check";

export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** Pieces put together. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(pieces));
}

// ---- the control FIFO --------------------------------------------------------

/** Integers where something changes: signs, 16 and 64 bits, and far beyond. */
const integer = fc.oneof(
  { weight: 6, arbitrary: fc.nat(400).map(String) },
  fc.integer().map(String),
  fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }).map(String),
  fc.constantFrom(
    ...["65535", "65536", "9223372036854775807", "9223372036854775808"],
    ...["-9223372036854775808", "-9223372036854775809", "9".repeat(5000)],
    ...["007", "+7", "-0", "1e3", "0x1F", "1_0"],
  ),
);

const blank = fc.constantFrom(
  "  ",
  ..." \t\r\v\f\x85\u00a0\u1680\u2003\u2028\u3000",
);

const message = fc.tuple(
  fc.oneof({ weight: 4, arbitrary: fc.constantFrom("0", "1") }, integer),
  integer,
  integer,
).map(([type, width, height]) => bytesOf(`${type} ${width} ${height}\n`));

const oddMessage = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: integer },
    { weight: 4, arbitrary: blank },
    fc.constantFrom("\n", "\r\n", "-", "+", "x", "\0", "\ufeff", "é", "😀"),
  ),
  { maxLength: 12 },
).map((tokens) => bytesOf(tokens.join("")));

const junk = fc.uint8Array({ maxLength: 8 }) as fc.Arbitrary<Uint8Array>;

/** What may stand in the control FIFO: messages, nearly messages, and noise. */
export const controlStream: fc.Arbitrary<Uint8Array<ArrayBuffer>> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: message as fc.Arbitrary<Uint8Array> },
    { weight: 3, arbitrary: oddMessage as fc.Arbitrary<Uint8Array> },
    junk,
  ),
  { maxLength: 10 },
).map(joined);

/** Where a stream of bytes is cut into what single reads give. */
export const cuts: fc.Arbitrary<number[]> = fc.array(fc.nat(64), {
  maxLength: 20,
});

/** The stream in pieces of the given lengths, over and over; 0 counts as 1. */
export function cut(stream: Uint8Array, lengths: number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0, n = 0; at < stream.length; n++) {
    const length = lengths.length === 0
      ? stream.length
      : Math.max(1, lengths[n % lengths.length]);
    pieces.push(stream.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

// ---- files of JSON -----------------------------------------------------------

/** What happens to a file: bytes changed, cut out, doubled, or cut off. */
const mutation = fc.record({
  kind: fc.constantFrom("set", "insert", "remove", "repeat", "truncate"),
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  length: fc.integer({ min: 1, max: 40 }),
  bytes: fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 6 }),
    fc.constantFrom(
      ...'{ } [ ] , : " \\ \\u \\ud800 null true false 0 -0 1e999 01 -'.split(
        " ",
      ),
      "\0",
      "\n",
      "\ufeff",
    ).map(bytesOf),
  ),
});

export type Mutation = typeof mutation extends fc.Arbitrary<infer M> ? M
  : never;

export const mutations: fc.Arbitrary<Mutation[]> = fc.array(mutation, {
  minLength: 1,
  maxLength: 4,
});

export function mutate(
  original: Uint8Array,
  changes: readonly Mutation[],
): Uint8Array<ArrayBuffer> {
  let bytes = new Uint8Array(original);
  for (const { kind, at, length, bytes: more } of changes) {
    const index = Math.floor(at * bytes.length);
    const before = bytes.subarray(0, index);
    const after = bytes.subarray(index);
    switch (kind) {
      case "set":
        bytes = joined([before, more, after.subarray(more.length)]);
        break;
      case "insert":
        bytes = joined([before, more, after]);
        break;
      case "remove":
        bytes = joined([before, after.subarray(length)]);
        break;
      case "repeat":
        bytes = joined([before, after.subarray(0, length), after]);
        break;
      case "truncate":
        bytes = new Uint8Array(before);
    }
  }
  return bytes;
}

const anyText = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: "binary", maxLength: 6 }),
  fc.constantFrom("", "/", '"', "\\", "\u2028", "\ud83d\ude00"),
);
/** Go writes null for an empty slice, and reads null as "nothing given". */
const orNull = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.option(arbitrary, { freq: 8 });
const texts = fc.array(orNull(anyText), { maxLength: 4 });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const unsigned = (bits: bigint) => fc.bigInt({ min: 0n, max: 2n ** bits - 1n });

/** The fields of a process.json, each of the type that the daemon gives it. */
export const processFields = fc.record({
  terminal: orNull(fc.boolean()),
  exec: orNull(fc.boolean()),
  containerdStdin: orNull(anyText),
  containerdStdout: orNull(anyText),
  containerdStderr: orNull(anyText),
  runtimeArgs: orNull(texts),
  noPivotRoot: orNull(fc.boolean()),
  checkpoint: orNull(anyText),
  rootUID: orNull(int64),
  rootGID: orNull(int64),
  capabilities: orNull(fc.oneof(
    texts,
    fc.record({ bounding: texts, ambient: texts }, { requiredKeys: [] }),
  )),
  args: orNull(texts),
  env: orNull(texts),
  cwd: orNull(anyText),
  user: orNull(fc.record({
    uid: unsigned(32n),
    gid: unsigned(32n),
    additionalGids: fc.array(unsigned(32n), { maxLength: 3 }),
    username: anyText,
  }, { requiredKeys: [] })),
  rlimits: orNull(fc.array(
    fc.record({ type: anyText, hard: unsigned(64n), soft: unsigned(64n) }),
    { maxLength: 2 },
  )),
  consoleSize: orNull(
    fc.record({ height: unsigned(64n), width: unsigned(64n) }),
  ),
  nobodyKnowsThis: fc.jsonValue(),
}, { requiredKeys: [] });

/** The fields of a checkpoint's config.json. */
export const checkpointFields = fc.record({
  created: orNull(
    fc.date({
      min: new Date("0001-01-01T00:00:00Z"),
      max: new Date("9999-12-31T23:59:59Z"),
      noInvalidDate: true,
    }).map((date) => date.toISOString()),
  ),
  name: orNull(anyText),
  tcp: orNull(fc.boolean()),
  unixSockets: orNull(fc.boolean()),
  shell: orNull(fc.boolean()),
  exit: orNull(fc.boolean()),
  emptyNS: orNull(texts),
}, { requiredKeys: [] });

/** JSON with integers of any size, as Go writes them. */
function toJson(value: unknown): string {
  if (typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return `[${value.map(toJson).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).map(([name, member]) =>
      `${JSON.stringify(name)}:${toJson(member)}`
    );
    return `{${members.join(",")}}`;
  }
  return JSON.stringify(value);
}

/** How the same file may be written otherwise: case of names, space, order. */
export const disguise = fc.record({
  upperCase: fc.boolean(),
  reversed: fc.boolean(),
  space: fc.constantFrom("", " ", "\n\t", "\r\n"),
  behind: fc.constantFrom("", "\n", "garbage", "{}", "\0"),
});

export type Disguise = typeof disguise extends fc.Arbitrary<infer D> ? D
  : never;

export function disguised(
  fields: Record<string, unknown>,
  how: Disguise,
): Uint8Array<ArrayBuffer> {
  const { upperCase, reversed, space, behind } = how;
  const members = Object.entries(fields).map(([name, value]) =>
    `${space}${JSON.stringify(upperCase ? name.toUpperCase() : name)}` +
    `${space}:${space}${toJson(value)}`
  );
  if (reversed) members.reverse();
  return bytesOf(`${space}{${members.join(`${space},`)}}${behind}`);
}

// ---- the pid file ------------------------------------------------------------

/** Nearly a pid. `PID` stands for the number of the init. */
export const pidText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    "PID",
    "PID\n",
    " PID",
    "PID ",
    "+PID",
    "-PID",
    "0PID",
    "0x1f",
    "",
    "\n",
    "0",
    "1",
    "-1",
    "4294967295",
    "2147483647",
    "2147483648",
    "9".repeat(400),
    "PIDPID",
    "PID\0",
    "PID.0",
    "1e3",
    "½",
    "٣",
  ),
  fc.integer().map(String),
  fc.string({ maxLength: 20 }),
  fc.string({ unit: "binary", maxLength: 6 }),
);
