import assert from "node:assert/strict";
import { addressOf, libc, missingSymbols, SYMBOLS } from "../../ffi/libc.ts";

Deno.test("libc: every symbol is in this machine's libc, and can be called", () => {
  assert.deepEqual(missingSymbols(), []);
  for (const name of Object.keys(libc) as (keyof typeof libc)[]) {
    assert.equal(typeof libc[name], "function", name);
  }
  for (const symbol of ["environ", "gnu_get_libc_version"]) {
    assert.notEqual(Deno.UnsafePointer.value(addressOf(symbol)), 0n, symbol);
  }
});

Deno.test("libc: a function is made callable once", () => {
  assert.equal(libc.close, libc.close);
});

/** The oldest glibc that denort runs with. */
const OLDEST = [2, 27];

/** By symbol, the glibc version since which libc.so.6 has it as it is now. */
async function versionsOfLibc(): Promise<Map<string, number[]>> {
  const maps = Deno.readTextFileSync("/proc/self/maps");
  const path = /\S+\/libc\.so\.6$/m.exec(maps)![0];
  const { stdout } = await new Deno.Command("nm", {
    args: ["--dynamic", "--with-symbol-versions", path],
  }).output();
  const lines = new TextDecoder().decode(stdout).split("\n");
  return new Map(
    lines.map((line) => / (\w+)@@GLIBC_([0-9.]+)$/.exec(line))
      .filter((match) => match !== null)
      .map(([, symbol, version]) => [symbol, version.split(".").map(Number)]),
  );
}

function isOldEnough([major, minor]: number[]): boolean {
  return major < OLDEST[0] || major === OLDEST[0] && minor <= OLDEST[1];
}

Deno.test("libc: every symbol is in libc.so.6 since glibc 2.27 or longer", async () => {
  const versions = await versionsOfLibc();
  const young = SYMBOLS.filter((symbol) =>
    !isOldEnough(versions.get(symbol) ?? [99])
  );
  assert.deepEqual(young, []);
  // These were elsewhere, or under another name, before.
  for (const symbol of ["pthread_sigmask", "fstat", "openpty"]) {
    assert.ok(!isOldEnough(versions.get(symbol)!), symbol);
  }
});
