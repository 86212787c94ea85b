import { parseArgs } from "@std/cli/parse-args";

/**
 * What a command line asks for.
 *
 * - `run`: the three arguments of the daemon. Any string is taken, also "".
 * - `incomplete`: fewer than three arguments; `given` are those there are.
 * - `check`: whether this machine, and the runtime if one is named, will do.
 * - `inspect`: what the shim of a state directory is doing.
 * - `bad-flag`: `message` is what upstream says about the flag.
 */
export type Command =
  | { kind: "run"; id: string; bundle: string; runtime: string }
  | { kind: "incomplete"; given: string[] }
  | { kind: "help" }
  | { kind: "version" }
  | { kind: "check"; runtime: string | undefined; json: boolean }
  | { kind: "inspect"; directory: string; json: boolean }
  | { kind: "bad-flag"; message: string };

/**
 * Reads a command line (without the program's name) by the rules of Go's
 * `flag` package, which upstream uses: `-name` and `--name` are the same,
 * `=value` may follow, flags end at the first plain argument or behind `--`,
 * and a lone `-` is a plain argument. What comes after the runtime is ignored.
 *
 * A general option parser cannot take this over: to it `-nope` is four
 * options, and any `--` is dropped, even one in place of the runtime. The
 * diagnostic commands, which upstream does not have, are left to one.
 */
export function parseCommand(argv: readonly string[]): Command {
  const [first] = argv;
  if (first === "--") return plainArguments(argv.slice(1));
  if (first === undefined || first === "-" || !first.startsWith("-")) {
    return plainArguments(argv);
  }
  // Each flag there is ends the parsing, so the first one decides.
  return flag(first, argv);
}

function plainArguments(given: readonly string[]): Command {
  if (given.length < 3) return { kind: "incomplete", given: [...given] };
  const [id, bundle, runtime] = given;
  return { kind: "run", id, bundle, runtime };
}

function flag(argument: string, argv: readonly string[]): Command {
  const body = argument.slice(argument.startsWith("--") ? 2 : 1);
  if (body.startsWith("-") || body.startsWith("=")) {
    return { kind: "bad-flag", message: `bad flag syntax: ${argument}` };
  }
  const [name] = body.split("=", 1);
  if (name === "h" || name === "help") return { kind: "help" };
  if (name === "version") return { kind: "version" };
  if (DIAGNOSTICS.test(argument)) return diagnostics(argv);
  return notDefined(name);
}

function notDefined(name: string): Command {
  return {
    kind: "bad-flag",
    message: `flag provided but not defined: -${name}`,
  };
}

const DIAGNOSTICS = /^--?(check|inspect|json)(=|$)/;

/** `--check [runtime]` and `--inspect <directory>`, each with `--json`. */
function diagnostics(argv: readonly string[]): Command {
  const unknown: string[] = [];
  const { check, inspect, json } = parseArgs(
    // One dash is as good as two.
    argv.map((argument) =>
      DIAGNOSTICS.test(argument) ? argument.replace(/^--?/, "--") : argument
    ),
    {
      boolean: ["json"],
      string: ["check", "inspect"],
      unknown: (argument) => {
        unknown.push(argument);
        return false;
      },
    },
  );
  const [first] = unknown;
  if (first !== undefined) {
    return first.startsWith("-")
      ? notDefined(first.replace(/^--?/, "").split("=", 1)[0])
      : { kind: "bad-flag", message: `unexpected argument: ${first}` };
  }
  if (check !== undefined && inspect === undefined) {
    return { kind: "check", runtime: check || undefined, json };
  }
  if (inspect && check === undefined) {
    return { kind: "inspect", directory: inspect, json };
  }
  const message = inspect === ""
    ? "flag needs an argument: -inspect"
    : "expected one of --check and --inspect";
  return { kind: "bad-flag", message };
}
