import assert from "node:assert/strict";
import { compare } from "./compare.ts";
import { contractOf } from "./contract.ts";
import type { Reason } from "./reason.ts";
import { withoutToolchain } from "./toolchain.ts";

const at = (scenario: string, column = "0.2.9") => ({ scenario, column });
const SAME = { kind: "same", differences: [] };

const reason = (place: Partial<Reason["places"][0]>, more = {}): Reason => ({
  key: "k",
  better: true,
  why: "",
  places: [{
    scenarios: /cli_.*/,
    facts: { "shim_exit": ({ ours }) => ours === 0 },
    ...place,
  }],
  ...more,
});

Deno.test("compare() accepts every form that upstream showed", () => {
  const expected = { facts: { left: "a" }, varies: { left: ["a", "b"] } };
  assert.deepEqual(compare(at("s"), expected, { left: "b" }, []), SAME);
  assert.equal(compare(at("s"), expected, { left: "c" }, []).kind, "differs");
});

Deno.test("compare() gives facts about time some room", () => {
  const expected = { facts: { shim_lifetime_s: 15 } };
  const kindFor = (seconds: number) =>
    compare(at("s"), expected, { shim_lifetime_s: seconds }, []).kind;
  assert.equal(kindFor(16), "same");
  assert.equal(kindFor(19), "differs");
});

Deno.test("compare() explains only what a reason is about", () => {
  const verdict = (scenario: string, shim_exit: number, more = {}) =>
    compare(
      at(scenario),
      { facts: { shim_exit: 2 } },
      { shim_exit, ...more },
      [reason({})],
    );
  const difference = { path: "shim_exit", upstream: 2, ours: 0 };
  assert.deepEqual(verdict("cli_h", 0), {
    kind: "better",
    differences: [{ ...difference, reason: "k" }],
  });
  assert.equal(verdict("cli_h", 1).kind, "differs");
  assert.deepEqual(verdict("other_cli_h", 0), {
    kind: "differs",
    differences: [difference],
  });
  assert.equal(verdict("cli_h", 0, { stdout: "x" }).kind, "differs");
});

Deno.test("compare() calls it better only when every reason is an improvement", () => {
  const stdout = reason({ facts: { stdout: () => true } }, {
    key: "l",
    better: false,
  });
  const kindOf = (facts: Record<string, unknown>) =>
    compare(at("cli_h"), { facts: { shim_exit: 2, stdout: "" } }, facts, [
      reason({}),
      stdout,
    ]).kind;
  assert.equal(kindOf({ shim_exit: 0, stdout: "" }), "better");
  assert.equal(kindOf({ shim_exit: 0, stdout: "x" }), "other");
  assert.equal(kindOf({ shim_exit: 2, stdout: "x" }), "other");
});

Deno.test("compare() takes a reason for its columns only", () => {
  const kindIn = (column: string) =>
    compare(at("cli_h", column), { facts: { shim_exit: 1 } }, {
      shim_exit: 0,
    }, [reason({ columns: /0\.2\.[35]/ })]).kind;
  assert.equal(kindIn("0.2.5"), "better");
  assert.equal(kindIn("0.2.9"), "differs");
});

Deno.test("contractOf() keeps that there is a message and not its words", () => {
  const words = contractOf({ shim_stderr: "flag provided but not defined" });
  assert.deepEqual(words, contractOf({ shim_stderr: "unknown option" }));
  assert.notDeepEqual(words, contractOf({ shim_stderr: "" }));
});

Deno.test("contractOf() merges the end of exit and of the shim, but not across a call", () => {
  const order = (...names: string[]) => contractOf({ order: names }).order;
  assert.deepEqual(order("exit_eof", "shim_exit"), ["exit_eof~shim_exit"]);
  assert.deepEqual(order("exit_eof", "delete", "shim_exit"), [
    "exit_eof",
    "delete",
    "shim_exit",
  ]);
});

Deno.test("withoutToolchain() takes away what Go 1.19 adds", () => {
  const attrs = [{ cmd: "create", env: ["A=1", "PWD=$BUNDLE"] }];
  assert.deepEqual(withoutToolchain("create_attrs", { attrs }), {
    attrs: [{ cmd: "create", env: ["A=1"] }],
  });
});
