import assert from "node:assert/strict";
import { read } from "../../ffi/transfer.ts";
import { openNothing } from "../../src/runtime/nothing.ts";
import { fdsNow } from "../support/own_files.ts";

Deno.test("openNothing() is /dev/null, which is at its end", () => {
  const before = fdsNow();
  {
    using nothing = openNothing();
    assert.equal(
      Deno.readLinkSync(`/proc/self/fd/${nothing.raw}`),
      "/dev/null",
    );
    assert.deepEqual(read(nothing, new Uint8Array(1)), { kind: "ended" });
  }
  assert.deepEqual(fdsNow(), before);
});
