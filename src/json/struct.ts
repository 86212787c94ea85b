import * as z from "zod/mini";
import {
  firstJsonValue,
  JsonError,
  JsonNumber,
  JsonObject,
  type JsonValue,
} from "./value.ts";

/** A file whose content is not what it must be; the message says all of it. */
export class StateError extends Error {
  override readonly name = "StateError";
}

/**
 * The first JSON value of a file, as the schema makes it.
 *
 * @param path of the file, for messages
 * @throws {StateError} names each wrong field, what was expected, what is there
 */
export function parseFile<Schema extends z.ZodMiniType>(
  schema: Schema,
  bytes: Uint8Array,
  path: string,
): z.output<Schema> {
  const result = schema.safeParse(readFile(bytes, path), { reportInput: true });
  if (result.success) return result.data;
  const { issues } = result.error;
  const wrong = issues.slice(0, MAX_REPORTED).map(describeIssue);
  if (issues.length > MAX_REPORTED) {
    wrong.push(`and ${issues.length - MAX_REPORTED} more`);
  }
  throw new StateError(`${path}: ${wrong.join("; ")}`);
}

const MAX_REPORTED = 10;

function readFile(bytes: Uint8Array, path: string): JsonValue {
  try {
    return firstJsonValue(bytes);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new StateError(`${path}: ${error.message}`, { cause: error });
  }
}

// Null is what Go writes for an empty slice, and it reads it as "nothing given"
// for any type. Making a schema costs more than using it, and the first of each
// of zod's classes costs most: so there is one class, each schema is made once,
// and those of parts that are not there are not made.

/**
 * A value of one kind, or null.
 *
 * @param expected what it is called in messages: `a string`
 */
function kind<T>(expected: string, accepts: (value: unknown) => boolean) {
  return z.transform((value: unknown, context): T | null => {
    if (value !== null && !accepts(value)) report(context, expected, value);
    return value as T | null;
  });
}

/** Tells that a value, or what is at a path in it, is not as expected. */
export function report(
  context: z.core.ParsePayload,
  expected: string,
  input: unknown,
  path: PropertyKey[] = [],
): void {
  context.issues.push({ code: "custom", message: expected, input, path });
}

/** A boolean or null. */
export function bool() {
  return kind<boolean>("a boolean", (value) => typeof value === "boolean");
}

/** A string or null. */
export function string() {
  return kind<string>("a string", isString);
}

/** A string of a certain form, or null. */
export function stringOf(expected: string, fits: (text: string) => boolean) {
  return kind<string>(
    expected,
    (value) => typeof value === "string" && fits(value),
  );
}

/** An array or null. */
export function arrayOf<Element extends z.ZodMiniType>(
  element: () => Element,
  expected: string,
) {
  return z.transform(
    (value: unknown, context): (z.output<Element> | undefined)[] | null => {
      if (!Array.isArray(value)) {
        if (value !== null) report(context, expected, value);
        return null;
      }
      if (value.length === 0) return [];
      const schema = element();
      return value.map((member, i) => delegate(schema, member, context, [i]));
    },
  );
}

/** An array of strings or null. */
export function strings() {
  const expected = "an array of strings";
  return z.transform((value: unknown, context): (string | null)[] | null => {
    if (!Array.isArray(value)) {
      if (value !== null) report(context, expected, value);
      return null;
    }
    // There may be a great many of them.
    for (let i = 0; i < value.length; i++) {
      if (value[i] !== null && !isString(value[i])) {
        report(context, "a string", value[i], [i]);
      }
    }
    return value;
  });
}

function isString(value: unknown): boolean {
  return typeof value === "string";
}

/** An integer of Go's type `int` (64 bits) or null. */
export function int64() {
  return kind<JsonNumber>(
    "a signed 64-bit integer",
    (value) => isInteger(value, (n) => BigInt.asIntN(64, n) === n),
  );
}

/** An integer of Go's type `uint32` or `uint64`, or null. */
export function unsigned(bits: 32 | 64) {
  // Go's parser of unsigned numbers takes no sign, not even in -0.
  return kind<JsonNumber>(
    `an unsigned ${bits}-bit integer`,
    (value) =>
      isInteger(value, (n) => BigInt.asUintN(bits, n) === n) &&
      !(value as JsonNumber).literal.startsWith("-"),
  );
}

/** The number of digits in 2^64, and a sign. */
const LONGEST_INTEGER = 21;

function isInteger(value: unknown, fits: (n: bigint) => boolean): boolean {
  if (!(value instanceof JsonNumber)) return false;
  const { literal } = value;
  return literal.length <= LONGEST_INTEGER && !/[.eE]/.test(literal) &&
    fits(BigInt(literal));
}

/** What makes the schema of each field; each is called once at most. */
type Shape = Readonly<Record<string, () => z.ZodMiniType>>;
type Fields<S extends Shape> = {
  [Name in keyof S]?: z.output<ReturnType<S[Name]>>;
};

/**
 * An object or null, read as Go reads it into a struct: names match whatever
 * their case, of several members with one name the last one counts (but each
 * must be of the right type), and members with other names are ignored. A null
 * empties an array and leaves anything else as it is.
 */
export function struct<S extends Shape>(shape: S) {
  const fieldNames = new Map(
    Object.keys(shape).map((name) => [foldCase(name), name]),
  );
  return z.transform((value: unknown, context): Fields<S> => {
    const fields: Record<string, unknown> = {};
    if (value !== null && !(value instanceof JsonObject)) {
      report(context, "an object", value);
      return {};
    }
    for (const [memberName, member] of value?.members ?? []) {
      const name = fieldNames.get(foldCase(memberName));
      if (name === undefined) continue;
      const result = delegate(shape[name](), member, context, [name]);
      if (member !== null || Array.isArray(fields[name])) fields[name] = result;
    }
    return fields as Fields<S>;
  });
}

/** A schema that is made when it is first asked for. */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** Parses a part of a value within a transform; failures become its own. */
export function delegate<Schema extends z.ZodMiniType>(
  schema: Schema,
  value: unknown,
  context: z.core.ParsePayload,
  path: PropertyKey[] = [],
): z.output<Schema> | undefined {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  for (const { message, input, path: within } of result.error.issues) {
    report(context, message, input, [...path, ...within]);
  }
  return undefined;
}

/**
 * Unicode's simple case folding as far as it can lead to ASCII: besides the
 * letters themselves, U+212A folds to k (so does toLowerCase) and U+017F to s.
 */
function foldCase(name: string): string {
  return name.toLowerCase().replaceAll("\u017f", "s");
}

function describeIssue({ path, message, input }: z.core.$ZodIssue): string {
  const what = `expected ${message}, found ${describeValue(input)}`;
  if (path.length === 0) return what;
  const steps = path.map((step) =>
    typeof step === "number" ? `[${step}]` : `.${String(step)}`
  );
  return `"${steps.join("").slice(1)}": ${what}`;
}

const LONGEST_QUOTE = 60;

function describeValue(value: unknown): string {
  if (typeof value === "string") {
    return `the string ${JSON.stringify(shorten(value))}`;
  }
  if (value instanceof JsonNumber) return shorten(value.literal);
  if (value instanceof JsonObject) return "an object";
  return Array.isArray(value) ? "an array" : String(value);
}

function shorten(text: string): string {
  if (text.length <= LONGEST_QUOTE) return text;
  return `${text.slice(0, LONGEST_QUOTE)}…`;
}
