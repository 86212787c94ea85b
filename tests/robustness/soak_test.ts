import { strictEqual } from "node:assert/strict";
import { PROJECT } from "../support/build.ts";
import { linesOf } from "../support/lines.ts";

Deno.test("soak: nothing is lost, nothing leaks, nothing is left", async () => {
  const program = `${PROJECT}/tests/robustness/soak.ts`;
  const child = new Deno.Command(`${PROJECT}/tools/deno`, {
    args: ["run", "-A", program, "--quick", "--seed=17"],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const figures: string[] = [];
  // Each as it comes: where it stands still can be seen.
  for await (const line of linesOf(child.stdout)) {
    console.log(line);
    figures.push(line);
  }
  strictEqual((await child.status).code, 0, figures.join("\n"));
});
