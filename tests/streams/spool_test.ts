import assert from "node:assert/strict";
import type { SpoolSetting } from "../../src/daemon/settings.ts";
import { Spool } from "../../src/streams/spool.ts";
import { fdsNow, TempDir } from "../support/own_files.ts";
import { inTinyFileSystem } from "../support/disk.ts";

/** A spool and what it has warned of. */
class Bench implements Disposable {
  readonly warnings: string[] = [];
  readonly spool: Spool;

  constructor(setting: SpoolSetting) {
    this.spool = new Spool(setting, (warning) => this.warnings.push(warning));
  }

  /** Adds as much as there is room for. */
  add(all: Uint8Array<ArrayBuffer>): number {
    let added = 0;
    for (let room; added < all.length && (room = this.spool.prepare()) > 0;) {
      const part = all.subarray(added, added + room);
      this.spool.add(part);
      added += part.length;
    }
    return added;
  }

  take(size: number): Uint8Array {
    const buffer = new Uint8Array(size);
    return buffer.subarray(0, this.spool.take(buffer));
  }

  /** Takes all there is, in pieces that fit nothing. */
  takeAll(): Uint8Array {
    const all = new Uint8Array(this.spool.size);
    for (let at = 0; this.spool.size > 0;) {
      const part = this.take(30_011);
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  /** Bytes of disk that the only file below a directory has. */
  static onDisk(directory: string): number {
    for (const { name } of Deno.readDirSync("/proc/self/fd")) {
      try {
        const path = `/proc/self/fd/${name}`;
        if (!Deno.readLinkSync(path).startsWith(`${directory}/`)) continue;
        return Deno.statSync(path).blocks! * 512;
      } catch {
        // Was that of the listing itself.
      }
    }
    return 0;
  }

  [Symbol.dispose](): void {
    this.spool.close();
  }
}

function bytes(length: number, first = 0): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => (first + i * 7) & 0xff);
}

/** PIPE_BUF: a packet is this long at most. */
const PACKET = 4096;
const MIB = 1 << 20;

Deno.test("Spool gives what it took, in order, also around the end of its ring", () => {
  using directory = new TempDir();
  const before = fdsNow();
  {
    using bench = new Bench({ directory: directory.path, limit: 10_000 });
    assert.deepEqual(fdsNow(), before, "nothing is open before it is used");
    for (let round = 0; round < 20; round++) {
      const part = bytes(5700, round);
      assert.equal(bench.add(part), 5700);
      assert.equal(bench.spool.size, 5700);
      assert.deepEqual(bench.takeAll(), part);
    }
    assert.deepEqual([...Deno.readDirSync(directory.path)], []);
    assert.deepEqual(bench.warnings, []);
  }
  assert.deepEqual(fdsNow(), before);
});

Deno.test("Spool takes no more than its limit, and nothing where not even a packet fits", () => {
  using directory = new TempDir();
  const limit = 2 * PACKET;
  using bench = new Bench({ directory: directory.path, limit });
  const { spool } = bench;
  assert.equal(spool.prepare(), limit);
  spool.add(bytes(PACKET));
  assert.deepEqual([spool.hasRoom, spool.prepare()], [true, PACKET]);
  spool.add(bytes(1));
  assert.deepEqual([spool.hasRoom, spool.prepare()], [false, 0]);
  assert.equal(bench.take(1).length, 1);
  assert.deepEqual([spool.hasRoom, spool.prepare()], [true, PACKET]);
  assert.equal(bench.add(bytes(3 * PACKET)), PACKET);
  assert.equal(spool.size, limit);
});

Deno.test("Spool never offers room for a part of a packet only", () => {
  using directory = new TempDir();
  const limit = MIB + 100;
  using bench = new Bench({ directory: directory.path, limit });
  const expected = { added: 0, taken: 0 };
  for (let round = 0; expected.added < 3 * limit; round++) {
    const room = bench.spool.prepare();
    assert.ok(room === 0 || room >= PACKET, `room for ${room} bytes`);
    const packet = bytes(Math.min(room, 1 + round * 733 % PACKET), round);
    if (packet.length > 0) bench.spool.add(packet);
    expected.added += packet.length;
    if (room > 0) continue;
    const taken = bench.take(50_000).length;
    assert.equal(taken > 0, true);
    expected.taken += taken;
    assert.equal(bench.spool.size, expected.added - expected.taken);
  }
});

Deno.test("Spool.clear() forgets what is kept, and has room again", () => {
  using directory = new TempDir();
  using bench = new Bench({ directory: directory.path, limit: PACKET });
  bench.add(bytes(PACKET));
  bench.spool.clear();
  assert.deepEqual([bench.spool.size, bench.spool.hasRoom], [0, true]);
});

Deno.test("Spool allocates its space step by step, and no more than its limit", () => {
  using directory = new TempDir();
  const limit = 3 * MIB + 5000;
  using bench = new Bench({ directory: directory.path, limit });
  const { onDisk } = Bench;
  assert.equal(onDisk(directory.path), 0);
  let most = 0;
  for (let size = 0; size < limit - PACKET; size += PACKET) {
    bench.add(bytes(PACKET));
    most = Math.max(most, onDisk(directory.path) - size);
  }
  // A step, a packet, and what a file system needs to note where it is.
  assert.ok(most <= MIB + 2 * PACKET + 16_384, `${most} bytes in advance`);
  bench.takeAll();
  const used = onDisk(directory.path);
  bench.add(bytes(2 * MIB));
  assert.equal(onDisk(directory.path), used, "its space is used again");
});

const asRoot = { ignore: Deno.uid() !== 0 };

Deno.test(
  "Spool on a disk that is full before its limit holds what fits, with one warning",
  asRoot,
  async () => {
    await inTinyFileSystem((path) => {
      const limit = 64 * MIB;
      using bench = new Bench({ directory: path, limit });
      for (let round = 0; round < 3; round++) {
        const all = bytes(5 * MIB, round);
        const added = bench.add(all);
        // Three steps fit, the fourth does not.
        assert.equal(added, 3 * MIB);
        assert.deepEqual(bench.takeAll(), all.subarray(0, added));
      }
      assert.equal(bench.warnings.length, 1);
      assert.match(
        bench.warnings[0],
        new RegExp(`holds ${3 * MIB} instead of ${limit} bytes: .*ENOSPC`),
      );
    }, "size=3500k");
  },
);

Deno.test(
  "Spool on a disk without room for its first step warns once and takes nothing",
  asRoot,
  async () => {
    await inTinyFileSystem((path) => {
      using bench = new Bench({ directory: path, limit: 64 * MIB });
      assert.equal(bench.add(bytes(MIB)), 0);
      assert.equal(bench.add(bytes(MIB)), 0);
      assert.equal(bench.warnings.length, 1);
      assert.match(bench.warnings[0], /has failed: .*ENOSPC/);
    });
  },
);
