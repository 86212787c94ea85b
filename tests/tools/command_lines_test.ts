import assert from "node:assert/strict";
import { PROJECT } from "../support/build.ts";

async function call(command: string, args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args,
    cwd: PROJECT,
    stdin: "null",
  }).output();
  const words = new TextDecoder();
  return { code, out: words.decode(stdout), err: words.decode(stderr) };
}

/** The programs whose options optionsOf() reads. */
async function tools(): Promise<string[]> {
  const { out } = await call("grep", [
    "-rl",
    ...["--include=*.ts", "--exclude=*_test.ts", "--exclude=options.ts"],
    "optionsOf(",
    "tests",
    "tools",
  ]);
  return out.trim().split("\n");
}

const run = (tool: string, option: string) =>
  call(`${PROJECT}/tools/deno`, ["run", "-A", tool, option]);

Deno.test("each tool says how it is used, and what it does not know", async () => {
  const found = await tools();
  assert.ok(found.length >= 8, found.join());
  for (const tool of found) {
    const [asked, wrong] = await Promise.all([
      run(tool, "--help"),
      run(tool, "--nope"),
    ]);
    const name = tool.split("/").at(-1)!;
    assert.equal(asked.code, 0, asked.err);
    assert.ok(asked.out.startsWith(`Usage: ${name} `), asked.out);
    assert.deepEqual(wrong, {
      code: 2,
      out: "",
      err: `Unknown option "--nope"\n\n${asked.out}`,
    });
  }
});
