import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import type { Row } from "../../src/check/row.ts";
import { defaultShim } from "../support/build.ts";
import { Run } from "../support/harness.ts";
import { TempDir } from "../support/own_files.ts";

/** What the shim needs and its engine does not. */
const TAKEN = ["clone", "fallocate", "ppoll"];

/** A directory with this machine's C library, which lacks the functions. */
function libraryWithout(symbols: readonly string[]): TempDir {
  const maps = Deno.readTextFileSync("/proc/self/maps");
  const path = /\S+\/libc\.so\.6$/m.exec(maps)![0];
  // Each byte is one character, and the other way round.
  let library = readFileSync(path, "latin1");
  for (const symbol of symbols) {
    const entry = new RegExp(`(?<=[\0_])${symbol}(?=\0)`, "g");
    assert.match(library, entry, symbol);
    library = library.replace(entry, (name) => "-".repeat(name.length));
  }
  const directory = new TempDir();
  directory.file("libc.so.6", Buffer.from(library, "latin1"), 0o755);
  return directory;
}

Deno.test("--check names what the C library lacks, and judges all the rest", async () => {
  using library = libraryWithout(TAKEN);
  const call = async (args: string[], env?: Record<string, string>) => {
    const options = { args, env, stdin: "null" } as const;
    const { code, stdout, stderr } = await new Deno.Command(
      defaultShim(),
      options,
    ).output();
    assert.equal(new TextDecoder().decode(stderr), "");
    return { code, text: new TextDecoder().decode(stdout) };
  };
  const lacking = { LD_LIBRARY_PATH: library.path };
  const complete = await call(["--check", "--json"]);
  const whole: Row[] = JSON.parse(complete.text).checks;

  const { code, text } = await call(["--check", "--json"], lacking);
  assert.equal(code, 1);
  const rows: Row[] = JSON.parse(text).checks;
  assert.deepEqual(rows.map(({ what }) => what), whole.map(({ what }) => what));
  const failed = rows.filter(({ verdict }) => verdict === "fail");
  assert.deepEqual(failed.map(({ what, found }) => [what, found]), [
    ["C library", "without fallocate, clone and ppoll"],
  ]);

  assert.equal((await call(["--version"], lacking)).code, 0);
});

Deno.test("a shim whose C library lacks something says so before it starts anything", async () => {
  using library = libraryWithout(TAKEN);
  await using run = new Run();
  run.setup();
  await run.start({ addedEnv: { LD_LIBRARY_PATH: library.path } });
  await run.untilExit();
  assert.equal(run.shimResult(), 1);
  assert.deepEqual(run.shimLog().map(({ level, msg }) => [level, msg]), [[
    "error",
    "This C library is not enough: libc.so.6 has no fallocate, clone, ppoll",
  ]]);
  assert.ok(run.eof("exit"), "the daemon gets its event");
  assert.deepEqual(run.calls(), []);
});
