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

// The message of each schema is what it expects. Null is what Go writes for an
// empty slice, and it reads it as "nothing given" for any type. Making a schema
// costs more than using it, so each is made once and shared between fields.

/** A boolean or null. */
export function bool() {
  return z.nullable(z.boolean("a boolean"));
}

/** A string or null. */
export function string() {
  return z.nullable(z.string("a string"));
}

/** An array or null. */
export function arrayOf<Element extends z.ZodMiniType>(
  element: Element,
  expected: string,
) {
  return z.nullable(z.array(element, expected));
}

/** An array of strings or null. */
export function strings() {
  return arrayOf(string(), "an array of strings");
}

/** An integer of Go's type `int` (64 bits) or null. */
export function int64() {
  return z.nullable(
    z.custom<JsonNumber>(
      (value) => isInteger(value, (n) => BigInt.asIntN(64, n) === n),
      "a signed 64-bit integer",
    ),
  );
}

/** An integer of Go's type `uint32` or `uint64`, or null. */
export function unsigned(bits: 32 | 64) {
  // Go's parser of unsigned numbers takes no sign, not even in -0.
  return z.nullable(
    z.custom<JsonNumber>(
      (value) =>
        isInteger(value, (n) => BigInt.asUintN(bits, n) === n) &&
        !(value as JsonNumber).literal.startsWith("-"),
      `an unsigned ${bits}-bit integer`,
    ),
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

type Shape = Readonly<Record<string, z.ZodMiniType>>;
type Fields<S extends Shape> = { [Name in keyof S]?: z.output<S[Name]> };

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
      context.issues.push({
        code: "custom",
        message: "an object",
        input: value,
      });
      return {};
    }
    for (const [memberName, member] of value?.members ?? []) {
      const name = fieldNames.get(foldCase(memberName));
      if (name === undefined) continue;
      const result = delegate(shape[name], member, context, [name]);
      if (member !== null || Array.isArray(fields[name])) fields[name] = result;
    }
    return fields as Fields<S>;
  });
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
  for (const issue of result.error.issues) {
    context.issues.push({
      code: "custom",
      message: issue.message,
      input: issue.input,
      path: [...path, ...issue.path],
    });
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
