import assert from "node:assert/strict";
import {
  decodeWaitStatus,
  describeEnding,
  type Ending,
  exitStatusOf,
} from "../../ffi/process.ts";
import { factsOf, runProgram } from "../support/own_process.ts";

const endings: [status: number, Ending, exitStatus: number, words: string][] = [
  [0x0000, { kind: "exited", code: 0 }, 0, "exited with status 0"],
  [0x0100, { kind: "exited", code: 1 }, 1, "exited with status 1"],
  [0xff00, { kind: "exited", code: 255 }, 255, "exited with status 255"],
  [0x0009, { kind: "signaled", signal: 9 }, 137, "was killed by signal 9"],
  [0x000f, { kind: "signaled", signal: 15 }, 143, "was killed by signal 15"],
  // With WCOREFLAG: the core dump makes no difference.
  [0x008b, { kind: "signaled", signal: 11 }, 139, "was killed by signal 11"],
  [0x0040, { kind: "signaled", signal: 64 }, 192, "was killed by signal 64"],
];

Deno.test("decodeWaitStatus(), exitStatusOf(), describeEnding(): exits and signals", () => {
  for (const [status, ending, exitStatus, words] of endings) {
    assert.deepEqual(decodeWaitStatus(status), ending);
    assert.equal(exitStatusOf(ending), exitStatus);
    assert.equal(describeEnding(ending), words);
  }
});

Deno.test("decodeWaitStatus() is undefined for a process that stopped or continued", () => {
  assert.equal(decodeWaitStatus(0x137f), undefined);
  assert.equal(decodeWaitStatus(0xffff), undefined);
});

Deno.test("reapAny() tells how each child ended", async () => {
  assert.deepEqual(await factsOf("process", ["endings"]), [
    { own: true, kind: "exited", code: 0 },
    { own: true, kind: "exited", code: 3 },
    { own: true, kind: "signaled", signal: 9 },
    { own: true, kind: "signaled", signal: 15 },
  ]);
});

Deno.test("reapAny(), kinship(): no child, one that runs, has stopped, has ended", async () => {
  assert.deepEqual(await factsOf("process", ["nobody"]), {
    none: "none",
    living: ["none", "living child"],
    stopped: ["none", "living child"],
    ended: "ended child",
    killed: { kind: "signaled", signal: 9 },
    after: "none",
  });
});

Deno.test("becomeSubreaper() is visible through PR_GET_CHILD_SUBREAPER and adopts orphans", async () => {
  assert.deepEqual(await factsOf("process", ["subreaper"]), {
    before: 0,
    after: 1,
    adopted: true,
    reaped: { kind: "signaled", signal: 9 },
  });
});

Deno.test("hideFromOthers() is visible through PR_GET_DUMPABLE", async () => {
  assert.deepEqual(await factsOf("process", ["hide"]), {
    before: 1,
    after: 0,
  });
});

Deno.test("exitNow() ends the process with the status, and nothing else runs", async () => {
  for (const status of [0, 7, 255]) {
    const { code, signal, stdout, stderr } = await runProgram("process", [
      "exit",
      String(status),
    ]);
    assert.deepEqual({ code, signal, stdout, stderr }, {
      code: status,
      signal: null,
      stdout: "",
      stderr: "",
    });
  }
});
