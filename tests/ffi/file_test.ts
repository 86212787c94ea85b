import assert from "node:assert/strict";
import { SystemError } from "../../ffi/errno.ts";
import { openUnnamed, readAt, reserve, writeAt } from "../../ffi/file.ts";
import { errorOf, fdsNow, TempDir } from "../support/own_files.ts";
import { inTinyFileSystem } from "../support/disk.ts";

Deno.test("openUnnamed() is a file that nobody sees and that goes with its descriptor", () => {
  using dir = new TempDir();
  const before = fdsNow();
  {
    using file = openUnnamed(dir.path);
    const { nlink, mode } = Deno.statSync(`/proc/self/fd/${file.raw}`);
    assert.deepEqual([nlink, mode! & 0o777], [0, 0o600]);
    assert.deepEqual([...Deno.readDirSync(dir.path)], []);
  }
  assert.deepEqual(fdsNow(), before);
});

Deno.test("openUnnamed() names the directory where it is impossible", () => {
  for (
    const [directory, code] of [["/no/such", "ENOENT"], ["/proc", "EOPNOTSUPP"]]
  ) {
    const { message } = errorOf(() => openUnnamed(directory));
    const words = `Cannot open an unnamed file in "${directory}": ${code}`;
    assert.ok(message.startsWith(words), message);
  }
});

Deno.test("reserve() allocates, and readAt() finds zeros there", () => {
  using dir = new TempDir();
  using file = openUnnamed(dir.path);
  reserve(file, 10_000);
  const { size, blocks } = Deno.statSync(`/proc/self/fd/${file.raw}`);
  assert.equal(size, 10_000);
  assert.ok(blocks! * 512 >= 10_000, `${blocks} blocks`);
  const buffer = new Uint8Array(100).fill(1);
  readAt(file, buffer, 9_900);
  assert.deepEqual(buffer, new Uint8Array(100));
});

Deno.test("reserve() throws where there is not so much space", {
  ignore: Deno.uid() !== 0,
}, async () => {
  await inTinyFileSystem((disk) => {
    using file = openUnnamed(disk);
    const error = errorOf(() => reserve(file, 1 << 20)) as SystemError;
    assert.ok(error instanceof SystemError && error.is("ENOSPC"));
    assert.equal(error.syscall, "fallocate");
  });
});

Deno.test("writeAt() and readAt() work at any offset", () => {
  using dir = new TempDir();
  using file = openUnnamed(dir.path);
  const bytes = new Uint8Array(300_000).map((_, i) => i * 13);
  writeAt(file, bytes, 70_000);
  const found = new Uint8Array(bytes.length);
  readAt(file, found, 70_000);
  assert.deepEqual(found, bytes);
  const part = new Uint8Array(3);
  readAt(file, part, 70_001);
  assert.deepEqual(part, bytes.slice(1, 4));
});

Deno.test("readAt() past the end and both on a closed descriptor throw", () => {
  using dir = new TempDir();
  const file = openUnnamed(dir.path);
  writeAt(file, new Uint8Array(10), 0);
  const buffer = new Uint8Array(10);
  assert.ok(errorOf(() => readAt(file, buffer, 1)) instanceof RangeError);
  file.close();
  for (const action of [readAt, writeAt]) {
    const error = errorOf(() => action(file, buffer, 0)) as SystemError;
    assert.ok(error.is("EBADF"));
  }
});
