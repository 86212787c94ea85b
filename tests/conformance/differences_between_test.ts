import assert from "node:assert/strict";
import { differencesBetween } from "./differences_between.ts";

const create = { cmd: "create", argv: ["runc", "create"] };
const kill = { cmd: "kill", argv: ["runc", "kill"] };

Deno.test("differencesBetween() names the place and both values", () => {
  const upstream = { files: { pid: { mode: "0644" } }, shim_exit: 0 };
  const ours = { files: { pid: { mode: "0600" } }, shim_exit: 0 };
  assert.deepEqual(differencesBetween(upstream, ours, ""), [
    { path: "/files/pid/mode", upstream: "0644", ours: "0600" },
  ]);
});

Deno.test("differencesBetween() tells absent from null", () => {
  assert.deepEqual(differencesBetween({}, { a: null }, "f"), [
    { path: "f/a", upstream: undefined, ours: null },
  ]);
});

Deno.test("differencesBetween() lines calls up from the last one", () => {
  const tried = { cmd: "create", argv: ["runc", "create", "--console-socket"] };
  assert.deepEqual(
    differencesBetween([create, kill], [tried, create, kill], "calls"),
    [{ path: "calls/extra", upstream: undefined, ours: tried }],
  );
});

Deno.test("differencesBetween() reports a call that is missing", () => {
  assert.deepEqual(differencesBetween([create, kill], [create], "calls"), [
    { path: "calls/1", upstream: kill, ours: undefined },
  ]);
});

Deno.test("differencesBetween() reports calls in another order", () => {
  const differences = differencesBetween([create, kill], [kill, create], "c");
  assert.notEqual(differences.length, 0);
});
