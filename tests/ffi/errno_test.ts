import assert from "node:assert/strict";
import {
  check,
  describeErrno,
  ERRNO,
  errno,
  type ErrnoName,
  locateErrno,
  SystemError,
} from "../../ffi/errno.ts";
import { libc } from "../../ffi/libc.ts";
import { cString } from "../../ffi/memory.ts";
import { evaluateC } from "../support/c_source.ts";
import { errorOf } from "../support/own_files.ts";

const NO_FD = -1;

Deno.test("ERRNO has the numbers of <errno.h>", async () => {
  const values = await evaluateC(["errno.h"], Object.keys(ERRNO));
  for (const [name, value] of Object.entries(ERRNO)) {
    assert.equal(BigInt(value), values.get(name), name);
  }
});

Deno.test("describeErrno() has the name and libc's words", () => {
  assert.equal(describeErrno(6), "ENXIO (No such device or address)");
  assert.equal(describeErrno(32), "EPIPE (Broken pipe)");
});

Deno.test("describeErrno() of a number without a name has the number", () => {
  assert.equal(describeErrno(9999), "errno 9999 (Unknown error 9999)");
});

Deno.test("errno() is the number of the call just made", () => {
  assert.equal(libc.close(NO_FD), -1);
  assert.equal(errno(), ERRNO.EBADF);
  assert.equal(libc.open(cString("/no/such/file"), 0, 0), -1);
  assert.equal(errno(), ERRNO.ENOENT);
  assert.equal(libc.kill(Deno.pid, 999), -1);
  assert.equal(errno(), ERRNO.EINVAL);
});

Deno.test("errno() is right in a function that the engine has optimized", () => {
  const wrong = new Set<number>();
  for (let round = 0; round < 20_000; round++) {
    libc.close(NO_FD);
    const code = errno();
    if (code !== ERRNO.EBADF) wrong.add(code);
  }
  assert.deepEqual([...wrong], []);
});

Deno.test("locateErrno() may be called again", () => {
  locateErrno();
  libc.close(NO_FD);
  assert.equal(errno(), ERRNO.EBADF);
});

Deno.test("check() passes a result on", () => {
  assert.equal(check(0, "open", "open it"), 0);
  assert.equal(check(7, "open", "open it"), 7);
});

Deno.test("check() throws what the kernel said for -1", () => {
  const error = errorOf(() =>
    check(libc.close(NO_FD), "close", 'close "exit"')
  ) as SystemError;
  assert.ok(error instanceof SystemError);
  assert.ok(error instanceof Error);
  assert.equal(error.name, "SystemError");
  assert.equal(error.errno, ERRNO.EBADF);
  assert.equal(error.syscall, "close");
  assert.equal(
    error.message,
    'Cannot close "exit": EBADF (Bad file descriptor)',
  );
});

Deno.test("SystemError.is() is true for any of the names", () => {
  const error = new SystemError(ERRNO.ENOENT, "open", "open it");
  const cases: [ErrnoName[], boolean][] = [
    [["ENOENT"], true],
    [["EACCES", "ENOENT"], true],
    [["EACCES"], false],
    [[], false],
  ];
  for (const [names, expected] of cases) {
    assert.equal(error.is(...names), expected, names.join());
  }
});
