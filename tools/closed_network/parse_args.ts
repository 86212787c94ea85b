/** Stand-in for `@std/cli/parse-args`: the part of it that this project uses. */

export interface ParseOptions<Flag extends string, Text extends string> {
  boolean?: readonly Flag[];
  /** `"_"` keeps numeric-looking positionals as they were written. */
  string?: readonly Text[];
  alias?: Record<string, string | readonly string[]>;
  /** Everything from the first positional on is positional. */
  stopEarly?: boolean;
  /** Told of every undeclared argument; answers `false` to leave it out of the result. */
  unknown?: (argument: string, key?: string, value?: unknown) => unknown;
}

export type Args<Flag extends string, Text extends string> =
  & { [name: string]: unknown; _: (string | number)[] }
  & { [name in Flag]: boolean }
  & { [name in Exclude<Text, "_">]?: string };

export function parseArgs<
  const Flag extends string = never,
  const Text extends string = never,
>(
  args: readonly string[],
  options: ParseOptions<Flag, Text> = {},
): Args<Flag, Text> {
  const flags = new Set<string>(options.boolean);
  const texts = new Set<string>(options.string);
  const namesOf = aliasGroups(options.alias ?? {});
  const known = (key: string) =>
    namesOf(key).some((name) => flags.has(name) || texts.has(name));
  const result: Record<string, unknown> & { _: (string | number)[] } = {
    _: [],
  };

  const set = (argument: string, key: string, value: unknown) => {
    if (!known(key) && options.unknown?.(argument, key, value) === false) {
      return;
    }
    for (const name of namesOf(key)) result[name] = value;
  };
  const addPositional = (argument: string) => {
    result._.push(
      texts.has("_") || !isNumeric(argument) ? argument : Number(argument),
    );
  };

  for (const flag of flags) {
    for (const name of namesOf(flag)) result[name] = false;
  }

  for (let index = 0; index < args.length; index++) {
    const argument = args[index]!;
    if (argument === "--") {
      args.slice(index + 1).forEach(addPositional);
      break;
    }
    const option = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(argument);
    if (option === null) {
      if (options.unknown?.(argument) !== false) addPositional(argument);
      if (!options.stopEarly) continue;
      result._.push(...args.slice(index + 1));
      break;
    }
    const [, key, written] = option as unknown as [
      string,
      string,
      string | undefined,
    ];
    const next = args[index + 1];
    if (namesOf(key).some((name) => flags.has(name))) {
      set(argument, key, written !== "false");
    } else if (written !== undefined) set(argument, key, written);
    else if (next !== undefined && !next.startsWith("-")) {
      set(argument, key, args[++index]);
    } else set(argument, key, texts.has(key) ? "" : true);
  }
  return result as Args<Flag, Text>;
}

/** Answers, for one name of an option, all names of it. */
function aliasGroups(
  alias: Record<string, string | readonly string[]>,
): (key: string) => string[] {
  const groups = Object.entries(alias).map((
    [key, names],
  ) => [key, ...[names].flat()]);
  return (key) => groups.find((group) => group.includes(key)) ?? [key];
}

function isNumeric(text: string): boolean {
  return /^(?:0x[0-9a-f]+|[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)$/i.test(text);
}
