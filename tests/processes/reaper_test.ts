import assert from "node:assert/strict";
import { factsOf } from "../support/own_process.ts";

Deno.test("Reaper: knows how each child ended, once it has", async () => {
  assert.deepEqual(await factsOf("reaping", ["endings"]), {
    early: [false, "none"],
    exits: { kind: "exited", code: 3 },
    killed: { kind: "signaled", signal: 9 },
    again: true,
    childless: true,
  });
});

Deno.test("Reaper.keepOnly() keeps the process, drops others, and those expected later", async () => {
  assert.deepEqual(await factsOf("reaping", ["keepOnly"]), {
    init: { kind: "exited", code: 4 },
    other: "none",
    later: "none",
    call: { kind: "exited", code: 7 },
  });
});

Deno.test("Reaper.keepOnly() of a process that still runs keeps its ending", async () => {
  assert.deepEqual(await factsOf("reaping", ["keepOnlyBefore"]), {
    init: { kind: "exited", code: 8 },
  });
});

Deno.test("Reaper.expect() of a number that was somebody else's before forgets that one", async () => {
  assert.deepEqual(await factsOf("reaping", ["reused"]), { known: false });
});

Deno.test("Reaper: orphans that the subreaper adopted are reaped", async () => {
  assert.deepEqual(await factsOf("reaping", ["orphans"]), {
    adopted: 5,
    all: true,
  });
});

Deno.test("Reaper: one event stands for any number of children", async () => {
  assert.deepEqual(await factsOf("reaping", ["coalesced"]), {
    reaped: 100,
    left: 0,
  });
});
