import { parseArgs } from "@std/cli/parse-args";

/** An option without a value: there or not. */
export const FLAG = "flag" as const;

/** Makes the text behind an option a value, or throws what the option "takes" or "names". */
export type Reader<T> = (text: string) => T;
export type Declared = Record<string, typeof FLAG | Reader<unknown>>;

/** What was given: false for a flag, undefined for another option that was not. */
export type Options<D extends Declared> =
  & {
    [name in keyof D]: D[name] extends Reader<infer T> ? T | undefined
      : boolean;
  }
  & { operands: string[] };

/** What is wrong with a command line. */
export class OptionError extends Error {}

/**
 * Reads the command line of a tool. `--name=` is as good as nothing: that is
 * what make passes on of a variable that is not set.
 *
 * @param operands what has to be there besides the options, in words
 * @returns undefined when only help is wanted
 * @throws {OptionError} saying what is wrong
 */
export function readOptions<const D extends Declared>(
  args: readonly string[],
  declared: D,
  operands: readonly string[] = [],
): Options<D> | undefined {
  const names = Object.keys(declared);
  const flags = names.filter((name) => declared[name] === FLAG);
  const texts = names.filter((name) => !flags.includes(name));
  const others: string[] = [];
  const { help, _: last, ...given } = parseArgs(
    withoutEmpty(args, flags, texts),
    {
      boolean: [...flags, "help"],
      string: [...texts, "_"],
      alias: { help: "h" },
      unknown: (argument) => {
        others.push(argument);
        return false;
      },
    },
  ) as { help: boolean; _: string[] } & Record<string, unknown>;
  if (help) return undefined;

  const values = names.map((name) => [name, valueOf(name, given[name])]);
  const wrong = others.find((argument) => /^-./.test(argument));
  if (wrong !== undefined) throw new OptionError(`Unknown option "${wrong}"`);
  const found = [...others, ...last];
  if (found.length > operands.length) {
    throw new OptionError(`Unexpected argument "${found[operands.length]}"`);
  }
  if (found.length < operands.length) {
    throw new OptionError(`${operands[found.length]} is missing`);
  }
  return { ...Object.fromEntries(values), operands: found };

  function valueOf(name: string, text: unknown): unknown {
    const reader = declared[name];
    if (reader === FLAG || text === undefined) return text;
    if (text === "") throw new OptionError(`Option --${name} needs a value`);
    try {
      return (reader as Reader<unknown>)(String(text));
    } catch (error) {
      throw new OptionError(`Option --${name} ${(error as Error).message}`);
    }
  }
}

function withoutEmpty(
  args: readonly string[],
  flags: readonly string[],
  texts: readonly string[],
): string[] {
  return args.filter((argument) => {
    const [, name, value] = /^--([^=]+)=(.*)$/s.exec(argument) ?? [];
    if (flags.includes(name)) {
      throw new OptionError(`Option --${name} takes no value`);
    }
    return value !== "" || !texts.includes(name);
  });
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
    if (!(error instanceof OptionError)) throw error;
    console.error(`${error.message}\n\n${usage}`);
    Deno.exit(2);
  }
}
