import { JsonError, JsonNumber, JsonScanner } from "./scanner.ts";
import { decodeUtf8 } from "./utf8.ts";

export { JsonError, JsonNumber };

/** An object with its members as written: in order, duplicates included. */
export class JsonObject {
  readonly members: [name: string, value: JsonValue][] = [];
}

export type JsonValue =
  | null
  | boolean
  | string
  | JsonNumber
  | Container;

type Container = JsonValue[] | JsonObject;

const MAX_DEPTH = 10_000;

/**
 * The first JSON value of a file, read as Go's `json.Decoder` does: what
 * follows it is ignored; bytes that are not UTF-8 and surrogates without their
 * partner become U+FFFD; objects and arrays may be 10000 levels deep.
 *
 * @throws {JsonError}
 */
export function firstJsonValue(bytes: Uint8Array): JsonValue {
  const scanner = new JsonScanner(decodeUtf8(bytes));
  if (scanner.skipBlanks() === "") throw new JsonError("the file is empty");
  // A stack of its own: the depth must not depend on that of the engine.
  const parents: Container[] = [];
  for (;;) {
    let value = scalarOrContainer(scanner, parents.length);
    if (isContainer(value) && !scanner.skip(closing(value))) {
      parents.push(value);
      if (value instanceof JsonObject) memberName(scanner, value);
      continue;
    }
    for (;;) {
      const parent = parents.at(-1);
      if (parent === undefined) return value;
      add(parent, value);
      if (scanner.skip(",")) {
        if (parent instanceof JsonObject) memberName(scanner, parent);
        break;
      }
      const close = closing(parent);
      if (!scanner.skip(close)) throw scanner.unexpected(`"," or "${close}"`);
      value = parent;
      parents.pop();
    }
  }
}

/** Reads a scalar, or the bracket that opens a container. */
function scalarOrContainer(scanner: JsonScanner, depth: number): JsonValue {
  switch (scanner.skipBlanks()) {
    case "{":
      return opened(scanner, "{", new JsonObject(), depth);
    case "[":
      return opened(scanner, "[", [], depth);
    case '"':
      return scanner.string();
    case "t":
      return scanner.word("true", true);
    case "f":
      return scanner.word("false", false);
    case "n":
      return scanner.word("null", null);
    default:
      return scanner.number();
  }
}

function opened(
  scanner: JsonScanner,
  bracket: string,
  container: Container,
  depth: number,
): Container {
  if (depth === MAX_DEPTH) {
    throw new JsonError(
      `${scanner.where()}: nested deeper than ${MAX_DEPTH} levels`,
    );
  }
  scanner.skip(bracket);
  return container;
}

/** Reads `"name":`; the value is filled in when it has been read. */
function memberName(scanner: JsonScanner, object: JsonObject): void {
  if (scanner.skipBlanks() !== '"') {
    throw scanner.unexpected("a name in double quotes");
  }
  object.members.push([scanner.string(), null]);
  if (!scanner.skip(":")) throw scanner.unexpected('":"');
}

function isContainer(value: JsonValue): value is Container {
  return Array.isArray(value) || value instanceof JsonObject;
}

function closing(container: Container): "]" | "}" {
  return container instanceof JsonObject ? "}" : "]";
}

function add(parent: Container, value: JsonValue): void {
  if (parent instanceof JsonObject) {
    parent.members[parent.members.length - 1][1] = value;
  } else {
    parent.push(value);
  }
}
