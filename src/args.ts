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
    return bad(`bad flag syntax: ${argument}`);
  }
  const [name] = body.split("=", 1);
  if (name === "h" || name === "help") return { kind: "help" };
  if (name === "version") return { kind: "version" };
  if (DIAGNOSTICS.test(argument)) return diagnostics(argv);
  return notDefined(name);
}

function bad(message: string): Command {
  return { kind: "bad-flag", message };
}

function notDefined(name: string): Command {
  return bad(`flag provided but not defined: -${name}`);
}

const DIAGNOSTICS = /^--?(check|inspect|json)(=|$)/;

/** `--check [runtime]` and `--inspect <directory>`, each with `--json`. */
function diagnostics(argv: readonly string[]): Command {
  const others: string[] = [];
  const { check, inspect, json, _: last } = parseArgs(
    withTwoDashes(argv),
    {
      boolean: ["json"],
      string: ["check", "inspect", "_"],
      unknown: (argument) => {
        others.push(argument);
        return false;
      },
    },
  );
  const unknown = others.find((argument) => /^-./.test(argument));
  if (unknown !== undefined) {
    return notDefined(unknown.replace(/^--?/, "").split("=", 1)[0]);
  }
  if ((check === undefined) === (inspect === undefined)) {
    return bad("expected one of --check and --inspect");
  }
  // What belongs to the command may also come behind other options.
  const given = [check ?? inspect, ...others, ...last.map(String)];
  const [subject, surplus] = given
    .filter((word) => word !== "" && word !== undefined);
  if (surplus !== undefined) return bad(`unexpected argument: ${surplus}`);
  if (check !== undefined) return { kind: "check", runtime: subject, json };
  return subject === undefined
    ? bad("flag needs an argument: -inspect")
    : { kind: "inspect", directory: subject, json };
}

/** One dash is as good as two, and an empty value as none; up to a "--". */
function withTwoDashes(argv: readonly string[]): string[] {
  const end = argv.indexOf("--");
  return argv.map((argument, i) =>
    DIAGNOSTICS.test(argument) && (end < 0 || i < end)
      ? argument.replace(/^--?/, "--").replace(/=$/, "")
      : argument
  );
}
