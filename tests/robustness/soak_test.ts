import { strictEqual } from "node:assert/strict";
import { PROJECT } from "../support/build.ts";

Deno.test("soak: nothing is lost, nothing leaks, nothing is left", async () => {
  const program = `${PROJECT}/tests/robustness/soak.ts`;
  const { code, stdout, stderr } = await new Deno.Command(
    `${PROJECT}/tools/deno`,
    { args: ["run", "-A", program, "--quick", "--seed=17"], stdin: "null" },
  ).output();
  const decoder = new TextDecoder();
  const figures = decoder.decode(stdout);
  console.log(figures.trim());
  strictEqual(code, 0, figures + decoder.decode(stderr));
});
