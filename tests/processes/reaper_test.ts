import assert from "node:assert/strict";
import { factsOf } from "../support/own_process.ts";

Deno.test("Reaper: knows how each child ended, once it has", async () => {
  assert.deepEqual(await factsOf("supervising", ["endings"]), {
    early: "none",
    exits: { kind: "exited", code: 3 },
    killed: { kind: "signaled", signal: 9 },
  });
});

Deno.test("Reaper: strangers are remembered when that is wanted, but a number is not a process", async () => {
  assert.deepEqual(await factsOf("supervising", ["strangers"]), {
    before: "none",
    known: { kind: "exited", code: 4 },
    then: "none",
    child: "none",
    after: "none",
  });
});

Deno.test("Reaper: of a storm of strangers every number is remembered", async () => {
  assert.deepEqual(await factsOf("supervising", ["storm", "8400"]), {
    all: 8400,
    known: 8400,
  });
});

Deno.test("Reaper: thousands that have ended at once leave others their turn", async () => {
  const { all, leftWhenServed } = await factsOf<
    { all: boolean; leftWhenServed: number }
  >("supervising", ["many", "1200"]);
  assert.equal(all, true);
  assert.ok(leftWhenServed > 0, `${leftWhenServed}`);
});
