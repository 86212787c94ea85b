import { parseArgs } from "node:util";

/** An option without a value: there or not. */
export const FLAG = "flag" as const;

/** Makes the text behind an option a value, or throws what the option "takes" or "names". */
export type Reader<T> = (text: string) => T;
type Declared = Record<string, typeof FLAG | Reader<unknown>>;

/** What was given: false for a flag, undefined for another option that was not. */
export type Options<D extends Declared> =
  & {
    [name in keyof D]: D[name] extends Reader<infer T> ? T | undefined
      : boolean;
  }
  & { operands: string[] };

/**
 * Reads the command line of a tool. `--name=` is as good as nothing: that is
 * what make passes on of a variable that is not set.
 *
 * @param operands what has to be there besides the options, in words
 * @returns undefined when only help is wanted
 * @throws {Error} saying what is wrong
 */
export function readOptions<const D extends Declared>(
  args: readonly string[],
  declared: D,
  operands: readonly string[] = [],
): Options<D> | undefined {
  if (args.some((one) => one === "--help" || one === "-h")) return undefined;
  const names = Object.keys(declared);
  const isFlag = (name: string) => declared[name] === FLAG;
  const { values, positionals } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      names.map((name) => [name, {
        type: isFlag(name) ? "boolean" : "string",
      }]),
    ),
    allowPositionals: true,
  });
  if (positionals.length > operands.length) {
    const [argument] = positionals.slice(operands.length);
    throw new Error(`Unexpected argument "${argument}"`);
  }
  const [missing] = operands.slice(positionals.length);
  if (missing !== undefined) throw new Error(`${missing} is missing`);
  return {
    ...Object.fromEntries(names.map((name) => [
      name,
      isFlag(name)
        ? values[name] ?? false
        : valueOf(name, values[name], declared[name] as Reader<unknown>),
    ])),
    operands: positionals,
  } as Options<D>;
}

function valueOf(name: string, text: unknown, reader: Reader<unknown>) {
  if (text === undefined || text === "") return undefined;
  try {
    return reader(String(text));
  } catch (error) {
    throw new Error(`Option --${name} ${(error as Error).message}`);
  }
}

/** The same for a tool's first line: on `--help` and on mistakes it says what there is to say, and ends. */
export function optionsOf<const D extends Declared>(
  usage: string,
  declared: D,
  operands: readonly string[] = [],
): Options<D> {
  try {
    const options = readOptions(Deno.args, declared, operands);
    if (options !== undefined) return options;
    console.log(usage);
    Deno.exit(0);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    Deno.exit(2);
  }
}
