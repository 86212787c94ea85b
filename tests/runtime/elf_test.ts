import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { elfInterpreter } from "../../src/runtime/elf.ts";

function head(path: string): Uint8Array {
  using file = Deno.openSync(path);
  const bytes = new Uint8Array(4096);
  return bytes.subarray(0, file.readSync(bytes) ?? 0);
}

const HERE = Deno.build.arch;
/** Runs this test: a dynamic program, like most runtimes. */
const DENO = head(Deno.execPath());

Deno.test("elfInterpreter() names the loader of a dynamic program", () => {
  const loader = elfInterpreter(DENO, HERE)!;
  strictEqual(Deno.statSync(loader).isFile, true, loader);
});

Deno.test("elfInterpreter() of a static program is none", () => {
  strictEqual(elfInterpreter(head("/bin/busybox"), HERE), "none");
});

Deno.test("elfInterpreter() knows nothing of what is no program for this machine", () => {
  const changed = (offset: number, value: number) => {
    const bytes = DENO.slice();
    bytes[offset] = value;
    return elfInterpreter(bytes, HERE);
  };
  const cases: [string, string | undefined][] = [
    ["magic", changed(1, 0x58)],
    ["32 bits", changed(4, 1)],
    ["big endian", changed(5, 2)],
    ["relocatable", changed(16, 1)],
    ["machine", changed(18, 40)],
    ["header size", changed(54, 32)],
    ["no headers", changed(56, 0)],
    ["headers beyond the beginning", changed(33, 0x7f)],
    ["empty", elfInterpreter(new Uint8Array(), HERE)],
    ["text", elfInterpreter(new TextEncoder().encode("\x7fELF\nx\n"), HERE)],
    ["another architecture", elfInterpreter(DENO, "riscv64")],
  ];
  deepStrictEqual(
    cases.filter(([, found]) => found !== undefined),
    [],
  );
  for (let size = 0; size < 700; size += 7) {
    strictEqual(elfInterpreter(DENO.subarray(0, size), HERE), undefined);
  }
});
