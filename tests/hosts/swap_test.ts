import assert from "node:assert/strict";
import { neverWritable } from "../../ffi/footprint.ts";
import { Run } from "../support/harness.ts";
import { wrapRuntime } from "../support/wrapper.ts";
import { type Mapping, mappingsOf, pageOut, SwapFile } from "./swap.ts";

/** Relocated when the program was loaded, and read-only since. */
function relocated(mapping: Mapping): boolean {
  return mapping.rights === "r--p" && mapping.path.startsWith("/") &&
    mapping.anonymous + mapping.swap > 0;
}

function total(mappings: readonly Mapping[], figure: "rss" | "swap"): number {
  return mappings.reduce((sum, mapping) => sum + mapping[figure], 0);
}

/** The program's own code, which is given back. */
function code(pid: number): Mapping[] {
  return mappingsOf(pid).filter(({ rights, path }) =>
    rights === "r-xp" && path.endsWith("/docker-containerd-shim")
  );
}

Deno.test({
  name: "relocated data that is in swap when memory is given back is not lost",
  ignore: !SwapFile.possible,
}, async () => {
  using _swap = new SwapFile();
  await using run = new Run();
  run.setup({ init: `read x < ${run.gatePath}; echo bye; exit 3` });
  // Before that has returned nothing is given back.
  wrapRuntime(run, `[ "$call" != create ] || read x < "$d/go"`);
  const go = `${run.runtimeDir}/go`;
  await new Deno.Command("mkfifo", { args: [go] }).output();
  await run.start();
  await run.until(
    () => run.children().some(({ comm }) => comm !== "docker-containe"),
    "create waits",
  );

  const data = mappingsOf(run.pid).filter(relocated);
  pageOut(run.pid, data);
  const swapped = mappingsOf(run.pid).filter(relocated);
  assert.equal(swapped.length, data.length);
  const before = total(code(run.pid), "rss");

  await run.feedFifo(go, "\n");
  await run.untilRunning();
  await run.until(
    () => total(code(run.pid), "rss") < before / 2,
    "memory is given back",
  );
  const left = mappingsOf(run.pid);
  assert.ok(total(left.filter(relocated), "swap") > 0, "some is still there");
  for (const { start, path, anonymous } of data) {
    const after = left.find((mapping) => mapping.start === start)!;
    assert.equal(after.anonymous + after.swap, anonymous, path);
  }
  await run.gate();
  await run.untilExit();
  assert.equal(run.shimResult(), 0);
  assert.equal(run.stateFile("exitStatus"), "3");
  assert.equal(run.text(), "bye\n");
});

Deno.test("what an executable gives back holds no page of its own, and never will", async () => {
  await using run = new Run();
  run.setup({ init: `read x < ${run.gatePath}` });
  await run.start();
  await run.untilRunning();
  const found = neverWritable(
    Deno.readTextFileSync(`/proc/${run.pid}/smaps`),
  );
  const mappings = mappingsOf(run.pid);
  assert.ok(found.length > 10);
  for (const { start, size } of found) {
    const mapping = mappings.find((other) => other.start === start)!;
    assert.equal(mapping.size, size);
    assert.match(mapping.path, /^\//);
    assert.match(mapping.rights, /^r-[x-]p$/);
    assert.deepEqual([mapping.anonymous, mapping.swap], [0, 0], mapping.path);
    assert.equal(relocated(mapping), false);
  }
  const kept = mappings.filter(relocated);
  assert.ok(kept.length > 2);
  for (const { start } of kept) {
    assert.ok(!found.some((other) => other.start === start));
  }
  await run.gate();
  await run.untilExit();
});
