import assert from "node:assert/strict";
import { PROJECT } from "../support/build.ts";
import { call, run } from "./run.ts";

/** The programs whose options optionsOf() reads. */
async function tools(): Promise<string[]> {
  const files = ["--include=*.ts", "--exclude=*_test.ts"];
  const options = ["-rl", ...files, "--exclude=options.ts"];
  const out = await run("grep", [...options, "optionsOf(", "tests", "tools"]);
  return out.trim().split("\n");
}

Deno.test("each tool says how it is used when it does not know an option", async () => {
  const found = await tools();
  assert.ok(found.length >= 8, found.join());
  for (const tool of found) {
    const deno = `${PROJECT}/tools/deno`;
    const { code, out, err } = await call(deno, ["run", "-A", tool, "--nope"]);
    assert.equal(code, 2);
    assert.equal(out, "");
    const usage = `Unknown option "--nope"\n\nUsage: ${
      tool.split("/").at(-1)
    } `;
    assert.ok(err.startsWith(usage), err);
  }
});
