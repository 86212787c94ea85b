import assert from "node:assert/strict";
import { findExecutable } from "../../src/runtime/executable.ts";
import {
  errorOf,
  TempDir,
  Variable,
  WorkingDirectory,
} from "../support/own_files.ts";

/** Two directories for PATH; the program is in the second. */
function twoPlaces() {
  const dir = new TempDir();
  for (const name of ["first", "second"]) Deno.mkdirSync(dir.at(name));
  dir.file("second/runtime", "", 0o755);
  return {
    first: dir.at("first"),
    second: dir.at("second"),
    dir,
    [Symbol.dispose]: () => dir[Symbol.dispose](),
  };
}

Deno.test("findExecutable() takes anything with a slash as it is", () => {
  for (const path of ["/usr/bin/runc", "./runc", "no/such", "/"]) {
    assert.equal(findExecutable(path), path);
  }
});

Deno.test("findExecutable() looks a name up in PATH, in order", () => {
  using places = twoPlaces();
  const { first, second, dir } = places;
  using _path = new Variable("PATH", `${first}:${second}`);
  assert.equal(findExecutable("runtime"), `${second}/runtime`);
  dir.file("first/runtime", "", 0o755);
  assert.equal(findExecutable("runtime"), `${first}/runtime`);
});

Deno.test("findExecutable() passes over what cannot be executed", () => {
  using places = twoPlaces();
  const { first, second, dir } = places;
  using _path = new Variable("PATH", `/no/such:${first}:${second}`);
  dir.file("first/runtime", "", 0o644);
  assert.equal(findExecutable("runtime"), `${second}/runtime`);
  Deno.removeSync(`${first}/runtime`);
  Deno.mkdirSync(`${first}/runtime`);
  assert.equal(findExecutable("runtime"), `${second}/runtime`);
});

Deno.test("findExecutable() passes over entries of PATH that are not absolute", () => {
  using places = twoPlaces();
  using _here = new WorkingDirectory(places.second);
  using _path = new Variable("PATH", ":.:second:../second");
  assert.throws(() => findExecutable("runtime"), /no such program in PATH/);
});

Deno.test("findExecutable() names what it did not find, and where", () => {
  using _path = new Variable("PATH", "/no/such:/neither");
  assert.equal(
    errorOf(() => findExecutable("runtime")).message,
    'Cannot find the runtime "runtime": ' +
      'no such program in PATH "/no/such:/neither"',
  );
});

Deno.test("findExecutable() without a PATH finds nothing", () => {
  using _path = new Variable("PATH", undefined);
  assert.throws(() => findExecutable("sh"), /no such program in PATH ""/);
});

Deno.test("findExecutable() of nothing says that no runtime was given", () => {
  assert.throws(() => findExecutable(""), /^Error: No runtime was given: /);
});
