/**
 * Rewrites std_facts.json from the file that holds what the real modules of
 * @std did: what this project does not use is left out.
 *
 *     tools/deno run -A tests/tools/import_std_facts.ts /path/to/std-facts.json
 */
import { join } from "@std/path/posix/join";
import { optionsOf } from "../support/options.ts";

const USAGE = "Usage: import_std_facts.ts STD-FACTS.json";

/** The options of parseArgs() that are used here; `unknown` always returns false. */
const OPTION_SETS = ["string _", "flags", "flags, alias"];

interface Source {
  what: string;
  versions: Record<string, string>;
  parseArgs: {
    optionSets: Record<string, unknown>;
    calls: {
      options: string;
      unknown: boolean;
      args: string[];
      value: unknown;
      told?: unknown[];
    }[];
  };
  basename: Record<string, string>;
  dirname: Record<string, string>;
  join: { parts: string[]; value: string }[];
  textLineStream: { chunks: string[]; allowCR: boolean; value: string[] }[];
}

const [path] = optionsOf(USAGE, {}, ["STD-FACTS.json"]).operands;
const source: Source = JSON.parse(Deno.readTextFileSync(path));
const { optionSets, calls } = source.parseArgs;

const facts = {
  what: source.what,
  recordedOf: source.versions,
  optionSets: Object.fromEntries(
    OPTION_SETS.map((name) => [name, optionSets[name]]),
  ),
  parseArgs: calls
    .filter(({ options, unknown }) => unknown && OPTION_SETS.includes(options))
    .map(({ options, args, value, told }) => [options, args, value, told]),
  basename: Object.entries(source.basename),
  dirname: Object.entries(source.dirname),
  join: source.join.map(({ parts, value }) => [parts, value]),
  TextLineStream: source.textLineStream.filter(({ allowCR }) => !allowCR)
    .map(({ chunks, value }) => [chunks, value]),
};

/** One call a line. */
const members = Object.entries(facts).map(([name, value]) =>
  `"${name}": ` +
  (Array.isArray(value)
    ? `[\n${value.map((call) => JSON.stringify(call)).join(",\n")}\n]`
    : JSON.stringify(value))
);
Deno.writeTextFileSync(
  join(import.meta.dirname!, "std_facts.json"),
  `{\n${members.join(",\n")}\n}\n`,
);
