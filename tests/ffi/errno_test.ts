import assert from "node:assert/strict";
import {
  check,
  describeErrno,
  errno,
  type ErrnoName,
  errnoOf,
  locateErrno,
  SystemError,
} from "../../ffi/errno.ts";
import { libc } from "../../ffi/libc.ts";
import { cString } from "../../ffi/memory.ts";
import { evaluateC, runC } from "../support/c_source.ts";
import { errorOf } from "../support/own_files.ts";

const NO_FD = -1;

Deno.test("describeErrno() has the name of <errno.h>, and its words in lower case", async () => {
  const described = Array.from({ length: 134 }, (_, i) => describeErrno(i))
    .map((text, number) => ({ number, match: /^(E\w+) \((.*)\)$/.exec(text) }))
    .filter(({ match }) => match !== null);
  assert.ok(described.length > 50);
  const names = described.map(({ match }) => match![1]);
  const values = await evaluateC(["errno.h"], names);
  const printed = await runC(`
    #include <stdio.h>
    #include <string.h>
    int main(void) {
      ${described.map(({ number }) => `puts(strerror(${number}));`).join("\n")}
    }`);
  const words = printed.trim().split("\n");
  described.forEach(({ number, match }, i) => {
    const [, name, said] = match!;
    assert.equal(BigInt(number), values.get(name), name);
    // Go, whose words the daemon's clients know, has no capitals there.
    assert.equal(said, words[i][0].toLowerCase() + words[i].slice(1));
  });
});

Deno.test("describeErrno() of a number without a name has the number", () => {
  assert.equal(describeErrno(9999), "errno 9999");
});

Deno.test("errno() is the number of the call just made", () => {
  assert.equal(libc.close(NO_FD), -1);
  assert.equal(errno(), errnoOf("EBADF"));
  assert.equal(libc.open(cString("/no/such/file"), 0, 0), -1);
  assert.equal(errno(), errnoOf("ENOENT"));
  assert.equal(libc.kill(Deno.pid, 999), -1);
  assert.equal(errno(), errnoOf("EINVAL"));
});

Deno.test("errno() is right in a function that the engine has optimized", () => {
  const wrong = new Set<number>();
  for (let round = 0; round < 20_000; round++) {
    libc.close(NO_FD);
    const code = errno();
    if (code !== errnoOf("EBADF")) wrong.add(code);
  }
  assert.deepEqual([...wrong], []);
});

Deno.test("locateErrno() may be called again", () => {
  locateErrno();
  libc.close(NO_FD);
  assert.equal(errno(), errnoOf("EBADF"));
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
  assert.equal(error.errno, errnoOf("EBADF"));
  assert.equal(error.syscall, "close");
  assert.equal(
    error.message,
    'Cannot close "exit": EBADF (bad file descriptor)',
  );
});

Deno.test("SystemError.is() is true for any of the names", () => {
  const error = new SystemError(errnoOf("ENOENT"), "open", "open it");
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
