import { deepStrictEqual } from "node:assert/strict";
import { type Command, parseCommand } from "../src/args.ts";

function run(id: string, bundle: string, runtime: string): Command {
  return { kind: "run", id, bundle, runtime };
}

function bad(message: string): Command {
  return { kind: "bad-flag", message };
}

function check(cases: [argv: string[], command: Command][]): void {
  for (const [argv, command] of cases) {
    deepStrictEqual(parseCommand(argv), command, JSON.stringify(argv));
  }
}

Deno.test("parseCommand() takes any three strings and ignores the rest", () => {
  check([
    [["id", "/b", "runc"], run("id", "/b", "runc")],
    [["0123", "/b", "42"], run("0123", "/b", "42")],
    [["1e3", "0x10", "Infinity"], run("1e3", "0x10", "Infinity")],
    [["", "", ""], run("", "", "")],
    [['we ird/../\n"id', "/b", "rt"], run('we ird/../\n"id', "/b", "rt")],
    [["id", "/b", "rt", "extra", ""], run("id", "/b", "rt")],
    [["id", "/b", "rt", "-h"], run("id", "/b", "rt")],
    [["id", "-h", "--version"], run("id", "-h", "--version")],
    [["id", "/b", "--"], run("id", "/b", "--")],
  ]);
});

Deno.test("parseCommand() skips one -- and takes - as an argument", () => {
  check([
    [["--", "id", "/b", "rt"], run("id", "/b", "rt")],
    [["--", "-id", "/b", "rt"], run("-id", "/b", "rt")],
    [["--", "--", "/b", "rt"], run("--", "/b", "rt")],
    [["--", "--help", "/b", "rt"], run("--help", "/b", "rt")],
    [["-", "/b", "rt"], run("-", "/b", "rt")],
  ]);
});

Deno.test("parseCommand() tells which of the three arguments there are", () => {
  check([
    [[], { kind: "incomplete", given: [] }],
    [["--"], { kind: "incomplete", given: [] }],
    [["-"], { kind: "incomplete", given: ["-"] }],
    [["id"], { kind: "incomplete", given: ["id"] }],
    [["id", "/b"], { kind: "incomplete", given: ["id", "/b"] }],
    [["--", "-id", ""], { kind: "incomplete", given: ["-id", ""] }],
  ]);
});

Deno.test("parseCommand() knows help and version, as the first argument", () => {
  for (const flag of ["-h", "--h", "-help", "--help", "-h=1", "--help="]) {
    check([[[flag], { kind: "help" }]]);
    check([[[flag, "id", "/b", "rt"], { kind: "help" }]]);
  }
  for (const flag of ["-version", "--version", "--version=x"]) {
    check([[[flag], { kind: "version" }]]);
    check([[[flag, "--nope"], { kind: "version" }]]);
  }
});

Deno.test("parseCommand() says of other flags what Go's flag package says", () => {
  check([
    [["--nope"], bad("flag provided but not defined: -nope")],
    [["--nope=1"], bad("flag provided but not defined: -nope")],
    [["-nope=a=b"], bad("flag provided but not defined: -nope")],
    [["-x", "a", "b", "c"], bad("flag provided but not defined: -x")],
    [["-v"], bad("flag provided but not defined: -v")],
    [["-H"], bad("flag provided but not defined: -H")],
    [["-a.b"], bad("flag provided but not defined: -a.b")],
    [["-1"], bad("flag provided but not defined: -1")],
    [["---x"], bad("bad flag syntax: ---x")],
    [["---"], bad("bad flag syntax: ---")],
    [["-="], bad("bad flag syntax: -=")],
    [["-=x"], bad("bad flag syntax: -=x")],
    [["--="], bad("bad flag syntax: --=")],
  ]);
});

Deno.test("parseCommand() leaves its input alone", () => {
  const argv = Object.freeze(["id"]);
  const command = parseCommand(argv);
  if (command.kind === "incomplete") command.given.push("x");
  deepStrictEqual(argv, ["id"]);
});

Deno.test("parseCommand() knows --check, with a runtime and for machines", () => {
  const check_ = (runtime: string | undefined, json: boolean): Command => ({
    kind: "check",
    runtime,
    json,
  });
  check([
    [["--check"], check_(undefined, false)],
    [["-check"], check_(undefined, false)],
    [["--check", "runc"], check_("runc", false)],
    [["--check=runc"], check_("runc", false)],
    [["--check", "42"], check_("42", false)],
    [["--check", "--json"], check_(undefined, true)],
    [["--check", "runc", "--json"], check_("runc", true)],
    [["--check", "--json", "runc"], check_("runc", true)],
    [["--json", "--check", "runc"], check_("runc", true)],
    [["-json", "-check=runc"], check_("runc", true)],
    [["--check", "--", "-runc"], check_("-runc", false)],
    [["--check", "--", "-json"], check_("-json", false)],
  ]);
});

Deno.test("parseCommand() knows --inspect, which needs a directory", () => {
  const inspect = (directory: string, json: boolean): Command => ({
    kind: "inspect",
    directory,
    json,
  });
  check([
    [["--inspect", "/run/x/init"], inspect("/run/x/init", false)],
    [["-inspect=/run/x"], inspect("/run/x", false)],
    [["--inspect", "--json", "."], inspect(".", true)],
    [["--inspect", "0123", "--json"], inspect("0123", true)],
    [["--json", "--inspect", "/x"], inspect("/x", true)],
    [["--inspect"], bad("flag needs an argument: -inspect")],
    [["--inspect", ""], bad("flag needs an argument: -inspect")],
    [["--inspect="], bad("flag needs an argument: -inspect")],
  ]);
});

Deno.test("parseCommand() refuses what does not belong to a diagnosis", () => {
  check([
    [["--check", "--nope"], bad("flag provided but not defined: -nope")],
    [["--check", "-nope=1"], bad("flag provided but not defined: -nope")],
    [["--check", "a", "b"], bad("unexpected argument: b")],
    [["--inspect", "/a", "/b"], bad("unexpected argument: /b")],
    [["--json"], bad("expected one of --check and --inspect")],
    [
      ["--check", "--inspect", "/x"],
      bad("expected one of --check and --inspect"),
    ],
    // Behind a plain argument it is none of them.
    [["id", "--check", "--json"], {
      kind: "run",
      id: "id",
      bundle: "--check",
      runtime: "--json",
    }],
    [["--checks"], bad("flag provided but not defined: -checks")],
  ]);
});
