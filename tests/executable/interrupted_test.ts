import { strictEqual } from "node:assert/strict";
import { Run } from "../support/harness.ts";
import { sha256 } from "../support/normalise.ts";

/**
 * Of the shim's calls, every third of a kind is interrupted (EINTR), or finds
 * nothing to do though poll(2) has said so (EAGAIN); that not while the engine
 * still starts, whose own reads do not expect it.
 */
const FAULTS = [
  ["EINTR", "read,write,ppoll:error=EINTR:when=8+3"],
  ["EAGAIN", "read,write:error=EAGAIN:when=300+3"],
] as const;

function numbered(count: number): Uint8Array<ArrayBuffer> {
  const numbers = new Uint32Array(count);
  for (let i = 0; i < count; i++) numbers[i] = i;
  return new Uint8Array(numbers.buffer);
}

for (const [errno, inject] of FAULTS) {
  for (const terminal of [false, true]) {
    const what = terminal ? "a terminal" : "pipes";
    Deno.test(`nothing is lost or stands still when calls end with ${errno}: ${what}`, async () => {
      await using run = new Run();
      const bytes = numbered(250_000);
      run.setup({
        terminal,
        init: (terminal ? "stty raw -echo; echo up; " : "echo up; ") +
          "head -c 1000000; exit 5",
      });
      await run.start({ inject });
      await run.untilOutput("up\n");
      const stdin = await run.openStdin();
      await stdin.write(bytes);
      // Nothing has ended when the last byte arrives.
      await run.untilExit();
      strictEqual(sha256(run.output().subarray(3)), sha256(bytes));
      strictEqual(run.stateFile("exitStatus"), "5");
    });
  }
}
