import assert from "node:assert/strict";
import fc from "fast-check";
import { environ, environmentVariable } from "../../ffi/environment.ts";
import { cString } from "../../ffi/memory.ts";
import { bytesToText } from "../../ffi/text.ts";
import { Variable } from "../support/own_files.ts";

const NAME = "FFI_ENVIRONMENT_TEST";

const { symbols: { setenv } } = Deno.dlopen("libc.so.6", {
  // int setenv(const char *name, const char *value, int overwrite);
  setenv: { parameters: ["buffer", "buffer", "i32"], result: "i32" },
});

Deno.test("environmentVariable() is what the variable holds, whatever bytes these are", () => {
  using _unset = new Variable(NAME, undefined);
  fc.assert(
    fc.property(fc.uint8Array({ min: 1 }), (bytes) => {
      setenv(cString(NAME), new Uint8Array([...bytes, 0]), 1);
      assert.equal(environmentVariable(NAME), bytesToText(bytes));
    }),
  );
});

Deno.test("environmentVariable() is undefined if it is not set, and may be empty", () => {
  using _unset = new Variable(NAME, undefined);
  assert.equal(environmentVariable(NAME), undefined);
  setenv(cString(NAME), cString(""), 1);
  assert.equal(environmentVariable(NAME), "");
});

Deno.test("environ() is an array of strings, NULL behind the last", () => {
  using _set = new Variable(NAME, "it");
  const array = new Deno.UnsafePointerView(
    Deno.UnsafePointer.create(environ())!,
  );
  const entries: string[] = [];
  for (let at = 0;; at += 8) {
    const entry = array.getPointer(at);
    if (entry === null) break;
    entries.push(new Deno.UnsafePointerView(entry).getCString());
  }
  assert.ok(entries.includes(`${NAME}=it`));
});
