import assert from "node:assert/strict";
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
  let library = new TextDecoder("latin1").decode(Deno.readFileSync(path));
  for (const symbol of symbols) {
    const entry = new RegExp(`(?<=[\0_])${symbol}(?=\0)`, "g");
    assert.match(library, entry, symbol);
    library = library.replace(entry, (name) => "-".repeat(name.length));
  }
  const directory = new TempDir();
  directory.file("libc.so.6", fromLatin1(library), 0o755);
  return directory;
}

/** windows-1252, which TextDecoder takes for Latin-1, has other characters. */
function fromLatin1(text: string): Uint8Array {
  const codes = new TextDecoder("latin1")
    .decode(Uint8Array.from({ length: 256 }, (_, i) => i));
  const byteOf = new Map([...codes].map((char, byte) => [char, byte]));
  return Uint8Array.from(text, (char) => byteOf.get(char)!);
}

Deno.test("--check names what the C library lacks, and judges all the rest", async () => {
  using library = libraryWithout(TAKEN);
  const call = (...args: string[]) =>
    new Deno.Command(defaultShim(), {
      args,
      stdin: "null",
      env: { LD_LIBRARY_PATH: library.path },
    }).output();
  const decoder = new TextDecoder();

  const complete = new Deno.Command(defaultShim(), {
    args: ["--check", "--json"],
    stdin: "null",
  }).outputSync();
  const whole: Row[] = JSON.parse(decoder.decode(complete.stdout)).checks;

  const { code, stdout, stderr } = await call("--check", "--json");
  assert.equal(decoder.decode(stderr), "");
  assert.equal(code, 1);
  const rows: Row[] = JSON.parse(decoder.decode(stdout)).checks;
  assert.deepEqual(rows.map(({ what }) => what), whole.map(({ what }) => what));
  const failed = rows.filter(({ verdict }) => verdict === "fail");
  assert.deepEqual(failed.map(({ what, found }) => [what, found]), [
    ["C library", "without fallocate, clone and ppoll"],
  ]);

  const version = await call("--version");
  assert.equal(decoder.decode(version.stderr), "");
  assert.equal(version.code, 0);
});

Deno.test("a shim whose C library lacks something says so before it starts anything", async () => {
  using library = libraryWithout(TAKEN);
  await using run = new Run();
  run.setup();
  await run.start({
    env: { ...run.baseEnv(), LD_LIBRARY_PATH: library.path },
  });
  await run.untilExit();
  assert.equal(run.shimResult(), 1);
  assert.deepEqual(run.shimLog().map(({ level, msg }) => [level, msg]), [[
    "error",
    "This C library is not enough: libc.so.6 has no fallocate, clone, ppoll",
  ]]);
  assert.ok(run.eof("exit"), "the daemon gets its event");
  assert.deepEqual(run.calls(), []);
});
