import assert from "node:assert/strict";
import {
  addressOf,
  expectAllSymbols,
  libc,
  missingSymbols,
  speedUp,
  SYMBOLS,
} from "../../ffi/libc.ts";
import { errorOf } from "../support/own_files.ts";

Deno.test("libc: every symbol is in this machine's libc, and can be called", () => {
  assert.deepEqual(missingSymbols(), []);
  for (const name of Object.keys(libc) as (keyof typeof libc)[]) {
    assert.equal(typeof libc[name], "function", name);
  }
  for (const symbol of ["environ", "gnu_get_libc_version"]) {
    assert.notEqual(Deno.UnsafePointer.value(addressOf(symbol)), 0n, symbol);
  }
});

Deno.test("libc: a function is made callable once, and compiled when that is wanted", () => {
  const { read, close } = libc;
  assert.equal(libc.read, read);
  speedUp();
  const compiled = libc.read;
  assert.notEqual(compiled, read);
  speedUp();
  assert.deepEqual([libc.read, libc.close], [compiled, close]);
});

Deno.test("libc: with the first use of anything all is looked up, and what is missing is named", async () => {
  // As if it were an older C library, for a module of its own.
  const { dlopen } = Deno;
  const opened: string[] = [];
  const old = (file: string, symbols: Deno.ForeignLibraryInterface) => {
    opened.push(...Object.keys(symbols));
    const found = dlopen(file, symbols).symbols;
    return { symbols: { ...found, clone: null, ppoll: null } };
  };
  const file = import.meta.resolve("../../ffi/libc.ts");
  const of: typeof import("../../ffi/libc.ts") = await import(
    `${file}?without`
  );
  Deno.dlopen = old as unknown as typeof dlopen;
  try {
    assert.equal(of.libc.close(-1), -1);
    assert.equal(
      errorOf(() => of.libc.ppoll).message,
      "This C library is not enough: libc.so.6 has no ppoll",
    );
    assert.equal(
      errorOf(() => of.expectAllSymbols()).message,
      "This C library is not enough: libc.so.6 has no clone, ppoll",
    );
    assert.deepEqual(of.missingSymbols(), ["clone", "ppoll"]);
  } finally {
    Deno.dlopen = dlopen;
  }
  assert.deepEqual(opened, SYMBOLS);
  expectAllSymbols();
});

/** The oldest glibc that denort runs with. */
const OLDEST = [2, 27];

/** By symbol, the glibc version since which a library has it as it is now. */
function versionsIn(library: string): Map<string, number[]> {
  const { success, stdout, stderr } = new Deno.Command("readelf", {
    args: ["--dyn-syms", "--wide", library],
  }).outputSync();
  const decoder = new TextDecoder();
  assert.ok(success, decoder.decode(stderr));
  const symbols = decoder.decode(stdout).matchAll(/ (\w+)@@GLIBC_([0-9.]+)/g);
  return new Map(
    [...symbols].map(([, symbol, version]) => [
      symbol,
      version.split(".").map(Number),
    ]),
  );
}

function isOldEnough([major, minor]: number[] = [Infinity]): boolean {
  return major < OLDEST[0] || major === OLDEST[0] && minor <= OLDEST[1];
}

const maps = Deno.readTextFileSync("/proc/self/maps");

const LIBRARIES = {
  "this machine's": /\S+\/libc\.so\.6$/m.exec(maps)![0],
  // Debian's package libc6-arm64-cross.
  "the one for aarch64": "/usr/aarch64-linux-gnu/lib/libc.so.6",
};

for (const [whose, library] of Object.entries(LIBRARIES)) {
  Deno.test(`libc: every symbol is in libc.so.6 since glibc 2.27 or longer; ${whose}`, () => {
    const versions = versionsIn(library);
    const young = SYMBOLS.filter((name) => !isOldEnough(versions.get(name)));
    assert.deepEqual(young, []);
    // These were elsewhere, or under another name, before.
    for (const name of ["pthread_sigmask", "fstat", "openpty"]) {
      assert.ok(versions.has(name) && !isOldEnough(versions.get(name)), name);
    }
    assert.ok(!isOldEnough(versions.get("no_such_symbol")));
  });
}
