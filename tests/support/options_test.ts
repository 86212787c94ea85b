import assert from "node:assert/strict";
import { PROJECT } from "./build.ts";
import {
  amount,
  count,
  existing,
  integer,
  pattern,
  text,
} from "./option_values.ts";
import { FLAG, OptionError, readOptions } from "./options.ts";

const DECLARED = {
  quick: FLAG,
  shim: text,
  runs: count,
  seed: integer,
  minutes: amount,
  match: pattern,
  file: existing,
};
const read = (...args: string[]) => readOptions(args, DECLARED);

const NOTHING = {
  quick: false,
  shim: undefined,
  runs: undefined,
  seed: undefined,
  minutes: undefined,
  match: undefined,
  file: undefined,
  operands: [],
};

Deno.test("readOptions() reads each kind of value, behind = and as an argument of its own", () => {
  assert.deepEqual(read(), NOTHING);
  assert.deepEqual(
    read("--quick", "--shim", "/p", "--runs=007", "--seed=-5", "--minutes=.5"),
    {
      ...NOTHING,
      quick: true,
      shim: "/p",
      runs: 7,
      seed: -5,
      minutes: 0.5,
    },
  );
  assert.deepEqual(read("--match=^a|b$")?.match, /^a|b$/);
  assert.equal(
    read("--file", `${PROJECT}/./main.ts`)?.file,
    `${PROJECT}/main.ts`,
  );
});

Deno.test("readOptions() leaves texts as they were written, and takes the last one", () => {
  for (const value of ["1e3", "0x10", "a=b", "ü ß", "a\nb", "true", "no-x"]) {
    assert.equal(read(`--shim=${value}`)?.shim, value);
    assert.equal(read("--shim", value)?.shim, value);
  }
  assert.equal(read("--shim=a", "--shim=b")?.shim, "b");
});

Deno.test("readOptions() takes what make passes of an empty variable for nothing", () => {
  assert.deepEqual(read("--shim=", "--runs=", "--quick"), {
    ...NOTHING,
    quick: true,
  });
});

Deno.test("readOptions() returns undefined when help is wanted", () => {
  for (const args of [["--help"], ["-h"], ["--nope", "--help"]]) {
    assert.equal(read(...args), undefined);
  }
});

Deno.test("readOptions() says what is wrong", () => {
  const cases: [args: string[], message: string][] = [
    [["--nope"], 'Unknown option "--nope"'],
    [["--nope="], 'Unknown option "--nope="'],
    [["--no-quick"], 'Unknown option "--no-quick"'],
    [["--operands"], 'Unknown option "--operands"'],
    [["-x"], 'Unknown option "-x"'],
    [["---quick"], 'Unknown option "---quick"'],
    [["--quick=true"], "Option --quick takes no value"],
    [["--shim"], "Option --shim needs a value"],
    [["--shim", ""], "Option --shim needs a value"],
    [["--shim", "--quick"], "Option --shim needs a value"],
    [["--seed", "-5"], "Option --seed needs a value"],
    [["stray"], 'Unexpected argument "stray"'],
    [["--", "--quick"], 'Unexpected argument "--quick"'],
    [["-"], 'Unexpected argument "-"'],
    [["--runs=0"], 'Option --runs takes a whole number from 1 on, not "0"'],
    [["--seed=x"], 'Option --seed takes a whole number, not "x"'],
    [["--minutes=0"], 'Option --minutes takes a number above 0, not "0"'],
    [["--minutes=1e"], 'Option --minutes takes a number above 0, not "1e"'],
    [["--match=("], 'Option --match takes a regular expression, not "("'],
    [["--file=/nope"], 'Option --file names "/nope", which is not there'],
  ];
  for (const [args, message] of cases) {
    assert.throws(
      () => read(...args),
      new OptionError(message),
      args.join(" "),
    );
  }
});

Deno.test("readOptions() wants as many operands as are named", () => {
  const two = (...args: string[]) =>
    readOptions(args, { quick: FLAG }, ["FROM", "TO"]);
  const found = { quick: true, operands: ["a", "-b"] };
  assert.deepEqual(two("a", "--quick", "--", "-b"), found);
  assert.throws(() => two("a"), new OptionError("TO is missing"));
  assert.throws(
    () => two("a", "b", "c"),
    new OptionError('Unexpected argument "c"'),
  );
});
