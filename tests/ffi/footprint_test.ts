import assert from "node:assert/strict";
import { neverWritable } from "../../ffi/footprint.ts";
import { factsOf } from "../support/own_process.ts";

/** One mapping as smaps shows it; the figures are cut down to those that count. */
function mapping(
  { rights = "r--p", inode = "4711", path = "/usr/lib/libc.so.6" },
  { anonymous = 0, swap = 0, flags = "rd mr mw me" },
): string {
  return [
    `7f0000001000-7f0000003000 ${rights} 00001000 fe:01 ${inode}      ${path}`,
    "Size:                  8 kB",
    "Rss:                   8 kB",
    `Anonymous:     ${String(anonymous).padStart(9)} kB`,
    `Swap:          ${String(swap).padStart(9)} kB`,
    ...(flags === "" ? [] : [`VmFlags: ${flags} `]),
  ].join("\n") + "\n";
}

const FOUND = [{ start: 0x7f0000001000n, size: 0x2000n }];
const TEXT = mapping({ rights: "r-xp" }, { flags: "rd ex mr mw me sd" });
const RELRO = mapping({}, { anonymous: 8, flags: "rd mr mw me ac" });

Deno.test("neverWritable(): text and read-only data of a named file", () => {
  assert.deepEqual(neverWritable(TEXT), FOUND);
  assert.deepEqual(neverWritable(mapping({}, {})), FOUND);
  const named = mapping({ path: "/usr/bin/ac VmFlags: a\\012b (deleted)" }, {});
  assert.deepEqual(neverWritable(named), FOUND);
});

Deno.test("neverWritable(): nothing that may hold a page of its own", () => {
  const others = {
    "relocated data": RELRO,
    "relocated data in swap": mapping({}, { swap: 8, flags: "rd mr mw me ac" }),
    "relocated data of which there is no page": mapping({}, {
      flags: "rd mr mw me ac sd",
    }),
    "a page that a debugger has put there": mapping({}, { anonymous: 4 }),
    "such a page in swap": mapping({}, { swap: 4 }),
    "a kernel that does not tell the flags": mapping({}, { flags: "" }),
    "data": mapping({ rights: "rw-p" }, { flags: "rd wr mr mw me ac" }),
    "a shared file": mapping({ rights: "r--s" }, {}),
    "memory without a file": mapping({ inode: "0", path: "" }, {}),
    "the kernel's own": mapping({ inode: "0", path: "[vdso]" }, {}),
    "what nobody may read": mapping({ rights: "---p" }, {}),
  };
  for (const [what, smaps] of Object.entries(others)) {
    assert.deepEqual(neverWritable(smaps), [], what);
    // Neither are its figures taken for those of its neighbours.
    assert.deepEqual(neverWritable(TEXT + smaps + TEXT), [...FOUND, ...FOUND]);
  }
  assert.deepEqual(neverWritable(""), []);
  assert.deepEqual(neverWritable("something else\n"), []);
});

/** From where to where, as numbers of the address space. */
type Range = [from: bigint, to: bigint];

/** The files that this process has mapped, and where each begins. */
function mappedFiles(): Map<string, bigint> {
  const maps = Deno.readTextFileSync("/proc/self/maps");
  const starts = maps.matchAll(
    /^([0-9a-f]+)-\S+ \S+ 0+ \S+ [1-9]\d* +(\/.*)$/gm,
  );
  return new Map(
    [...starts].map(([, from, path]) => [path, BigInt(`0x${from}`)]),
  );
}

/** What is relocated and then made read-only, as the files themselves say. */
function relocated(path: string, start: bigint): Range[] {
  const { stdout } = new Deno.Command("readelf", {
    args: ["--program-headers", "--wide", path],
  }).outputSync();
  const headers = new TextDecoder().decode(stdout);
  return [...headers.matchAll(
    /^ +GNU_RELRO +0x\S+ 0x(\S+) 0x\S+ 0x\S+ 0x(\S+)/gm,
  )].map(([, at, length]) => {
    const from = start + BigInt(`0x${at}`);
    return [from, from + BigInt(`0x${length}`)];
  });
}

Deno.test("neverWritable(): nothing that is relocated in this process", () => {
  const found = neverWritable(Deno.readTextFileSync("/proc/self/smaps"));
  const files = mappedFiles();
  const ranges = [...files].flatMap(([path, start]) => relocated(path, start));
  // At least libc's and the dynamic linker's.
  assert.ok(ranges.length >= 2);
  assert.ok(found.length >= ranges.length);
  for (const { start, size } of found) {
    for (const [from, to] of ranges) {
      assert.ok(start + size <= from || start >= to, start.toString(16));
    }
  }
});

Deno.test("releaseMemory() gives memory back, and everything goes on as before", async () => {
  const { before, after, intact, words } = await factsOf<{
    before: number;
    after: number;
    intact: boolean;
    words: string;
  }>("footprint", ["release"]);
  assert.ok(after < before, `${before} kB before, ${after} kB after`);
  assert.equal(intact, true);
  assert.equal(words, "ENOENT (no such file or directory)");
});
