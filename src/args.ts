/**
 * What a command line asks for.
 *
 * - `run`: the three arguments of the daemon. Any string is taken, also "".
 * - `incomplete`: fewer than three arguments; `given` are those there are.
 * - `bad-flag`: `message` is what upstream says about the flag.
 */
export type Command =
  | { kind: "run"; id: string; bundle: string; runtime: string }
  | { kind: "incomplete"; given: string[] }
  | { kind: "help" }
  | { kind: "version" }
  | { kind: "bad-flag"; message: string };

/**
 * Reads a command line (without the program's name) by the rules of Go's
 * `flag` package, which upstream uses: `-name` and `--name` are the same,
 * `=value` may follow, flags end at the first plain argument or behind `--`,
 * and a lone `-` is a plain argument. What comes after the runtime is ignored.
 *
 * A general option parser cannot take this over: to it `-nope` is four
 * options, and any `--` is dropped, even one in place of the runtime.
 */
export function parseCommand(argv: readonly string[]): Command {
  const [first] = argv;
  if (first === "--") return plainArguments(argv.slice(1));
  if (first === undefined || first === "-" || !first.startsWith("-")) {
    return plainArguments(argv);
  }
  // Each flag there is ends the parsing, so the first one decides.
  return flag(first);
}

function plainArguments(given: readonly string[]): Command {
  if (given.length < 3) return { kind: "incomplete", given: [...given] };
  const [id, bundle, runtime] = given;
  return { kind: "run", id, bundle, runtime };
}

function flag(argument: string): Command {
  const body = argument.slice(argument.startsWith("--") ? 2 : 1);
  if (body.startsWith("-") || body.startsWith("=")) {
    return { kind: "bad-flag", message: `bad flag syntax: ${argument}` };
  }
  const [name] = body.split("=", 1);
  if (name === "h" || name === "help") return { kind: "help" };
  if (name === "version") return { kind: "version" };
  return {
    kind: "bad-flag",
    message: `flag provided but not defined: -${name}`,
  };
}
