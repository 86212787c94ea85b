import assert from "node:assert/strict";
import { factsOf } from "../support/own_process.ts";

Deno.test("descendants(), isBelow(): the whole family, and nobody else", async () => {
  assert.deepEqual(await factsOf("supervising", ["family"]), {
    names: ["sh", "sh", "sleep", "sleep", "sleep"],
    below: true,
    self: false,
    init: false,
    nobody: false,
    ofNobody: "undefined",
    then: [],
  });
});

// Their numbers are more text than is read at once.
Deno.test("descendants(): of very many children none is left out or made up", async () => {
  assert.deepEqual(await factsOf("supervising", ["manyChildren"]), {
    all: true,
    others: [],
    same: true,
    stepsWithout: true,
  });
});

Deno.test("searchHolders(): who can write to an output; descendants are asked first, and alone if it is one", async () => {
  assert.deepEqual(await factsOf("supervising", ["holders"]), {
    found: [[true, "sleep"]],
    none: [],
    onlyOwn: true,
    leaked: [],
  });
});
