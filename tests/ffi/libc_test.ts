import assert from "node:assert/strict";
import { addressOf, libc } from "../../ffi/libc.ts";
import { errorOf } from "../support/own_files.ts";

Deno.test("libc: every function of the table is in this machine's libc", () => {
  for (const name of Object.keys(libc) as (keyof typeof libc)[]) {
    assert.equal(typeof libc[name], "function", name);
  }
});

Deno.test("libc: a function is opened once", () => {
  assert.equal(libc.close, libc.close);
});

Deno.test("addressOf() finds functions and variables", () => {
  for (const symbol of ["eventfd_write", "environ"]) {
    assert.notEqual(Deno.UnsafePointer.value(addressOf(symbol)), 0n, symbol);
  }
});

Deno.test("addressOf() an unknown symbol throws", () => {
  const error = errorOf(() => addressOf("no_such_function"));
  assert.match(error.message, /no_such_function/);
});
