import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Spool } from "../../src/streams/spool.ts";
import { fdsNow, TempDir } from "../support/own_files.ts";
import { inTinyFileSystem } from "../support/tiny_file_system.ts";

function bytes(length: number, first = 0): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => (first + i * 7) & 0xff);
}

/** Adds as much as there is room for. */
function addAll(spool: Spool, all: Uint8Array<ArrayBuffer>): number {
  let added = 0;
  for (let room; added < all.length && (room = spool.prepare()) > 0;) {
    const part = all.subarray(added, added + room);
    spool.add(part);
    added += part.length;
  }
  return added;
}

function takeAll(spool: Spool): number[] {
  const out: number[] = [];
  const buffer = new Uint8Array(300);
  while (spool.size > 0) {
    out.push(...buffer.subarray(0, spool.take(buffer)));
  }
  return out;
}

function unexpected(message: string): void {
  throw new Error(`unexpected warning: ${message}`);
}

Deno.test("Spool gives what it took, in order, also around the end of its ring", () => {
  using directory = new TempDir();
  const before = fdsNow();
  const setting = { directory: directory.path, limit: 1000 };
  const spool = new Spool(setting, unexpected);
  deepStrictEqual(fdsNow(), before, "nothing is open before it is used");
  for (let round = 0; round < 20; round++) {
    const part = bytes(700, round);
    strictEqual(addAll(spool, part), 700);
    strictEqual(spool.size, 700);
    deepStrictEqual(takeAll(spool), [...part]);
  }
  deepStrictEqual([...Deno.readDirSync(directory.path)], []);
  spool.close();
  deepStrictEqual(fdsNow(), before);
});

Deno.test("Spool takes no more than its limit", () => {
  using directory = new TempDir();
  const spool = new Spool(
    { directory: directory.path, limit: 100 },
    unexpected,
  );
  strictEqual(addAll(spool, bytes(250)), 100);
  ok(!spool.hasRoom);
  strictEqual(spool.prepare(), 0);
  strictEqual(spool.take(new Uint8Array(1)), 1);
  ok(spool.hasRoom);
  strictEqual(addAll(spool, bytes(250)), 1);
  spool.close();
});

Deno.test("Spool.clear() forgets what is kept, and has room again", () => {
  using directory = new TempDir();
  const spool = new Spool(
    { directory: directory.path, limit: 100 },
    unexpected,
  );
  addAll(spool, bytes(100));
  spool.clear();
  deepStrictEqual([spool.size, spool.hasRoom], [0, true]);
  spool.close();
});

Deno.test("Spool without a directory warns once and takes nothing", () => {
  const warnings: string[] = [];
  const setting = { directory: "/nonexistent/spool", limit: 100 };
  const spool = new Spool(setting, (message) => warnings.push(message));
  ok(spool.hasRoom);
  strictEqual(spool.prepare(), 0);
  strictEqual(spool.prepare(), 0);
  ok(!spool.hasRoom);
  strictEqual(warnings.length, 1);
  ok(warnings[0].includes("/nonexistent/spool"), warnings[0]);
});

Deno.test(
  "Spool on a disk that is full before its limit holds what fits, with one warning",
  {
    ignore: Deno.uid() !== 0,
  },
  async () => {
    await inTinyFileSystem((disk) => {
      const warnings: string[] = [];
      const warn = (message: string) => warnings.push(message);
      const limit = 64 << 20;
      const spool = new Spool({ directory: disk.path, limit }, warn);
      const all = bytes(8 << 20);
      const added = addAll(spool, all);
      if (added === 0) ok(warnings[0].includes("ENOSPC"), warnings[0]);
      else ok(warnings[0].includes(`holds ${added} instead of`), warnings[0]);
      strictEqual(warnings.length, 1);
      deepStrictEqual(takeAll(spool), [...all.subarray(0, added)]);
      spool.close();
    });
  },
);
