import assert from "node:assert/strict";
import { directoryNames } from "../../ffi/directory.ts";
import { fdsNow, TempDir } from "../support/own_files.ts";

Deno.test("directoryNames() are those in the directory, however many", () => {
  using dir = new TempDir();
  const names = Array.from({ length: 3000 }, (_, i) => `name ${i}`);
  for (const name of names) dir.file(name);
  assert.deepEqual([...directoryNames(dir.path)].sort(), names.toSorted());
  assert.deepEqual([...directoryNames(dir.at("none"))], []);
});

Deno.test("directoryNames() that are not taken to the end leave nothing open", () => {
  const before = fdsNow();
  for (const _name of directoryNames("/proc")) break;
  const names = directoryNames("/proc");
  names.next();
  names.return(undefined);
  assert.deepEqual(fdsNow(), before);
});
