import assert from "node:assert/strict";
import { PROJECT } from "../support/build.ts";

const WORKFLOWS = `${PROJECT}/.github/workflows`;

/** The steps of all workflows, each as its text. */
function steps(): string[] {
  return [...Deno.readDirSync(WORKFLOWS)].flatMap(({ name }) =>
    Deno.readTextFileSync(`${WORKFLOWS}/${name}`).split(/^ {6}- /m).slice(1)
  );
}

Deno.test("a workflow takes each action by its commit", () => {
  const actions = steps().filter((step) => /^ *uses:/m.test(step));
  assert.ok(actions.length > 0);
  for (const step of actions) {
    assert.match(step, /uses: [\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/m);
  }
});

Deno.test("a workflow checks what it downloads before it is used", () => {
  const downloads = steps().filter((step) => /\b(curl|wget)\b/.test(step));
  assert.ok(downloads.length > 0);
  for (const step of downloads) {
    assert.match(
      step,
      /\b(curl|wget)\b[^|]*[0-9a-f]{64} [^|]*\|\s*sha256sum --check/,
    );
  }
});
